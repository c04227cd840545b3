#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Every manual page is sound mdoc, every completion is sound shell, and every
# command explains itself.  usage: pages.sh TALLENNE
set -eu
tallenne=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$tallenne" help > "$dir/help"
commands=$(sed -n 's/^  \([a-z]*\) .*/\1/p' "$dir/help")
[ -n "$commands" ]
"$tallenne" man > "$dir/tallenne.1"
for command in $commands; do
	"$tallenne" man "tallenne-$command" > "$dir/tallenne-$command.1"
	"$tallenne" help "$command" > /dev/null
	"$tallenne" "$command" --help > "$dir/$command" 2>&1 || true
	grep -q '^usage: tallenne' "$dir/$command" ||
		[ "$command" = help ] || [ "$command" = version ]
done
if command -v mandoc > /dev/null; then
	mandoc -Tlint -Wwarning "$dir"/*.1
fi
"$tallenne" completion bash > "$dir/bash"
bash -n "$dir/bash"
"$tallenne" completion zsh > "$dir/zsh"
"$tallenne" completion fish > "$dir/fish"
# A mistyped word gets its suggestion, and the exit code of misuse.
set +e
"$tallenne" stauts 2> "$dir/error"
[ $? -eq 2 ] || exit 1
grep -q 'did you mean status' "$dir/error" || exit 1
"$tallenne" call --dailect rfc 2> "$dir/error"
[ $? -eq 2 ] || exit 1
grep -q 'did you mean --dialect' "$dir/error" || exit 1
TALLENNE_RUN=$dir "$tallenne" status 2> "$dir/error"
[ $? -eq 75 ] || exit 1
exit 0
