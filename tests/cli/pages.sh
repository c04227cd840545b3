#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Every manual page is sound mdoc, every completion is sound shell, and every
# command explains itself.  usage: pages.sh TALLENNE POLICY
set -eu
tallenne=$1 policy=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$tallenne" help > "$dir/help"
commands=$(sed -n 's/^  \([a-z]*\) .*/\1/p' "$dir/help")
[ -n "$commands" ]
"$tallenne" man > "$dir/tallenne.1"
for command in $commands; do
	"$tallenne" man "tallenne-$command" > "$dir/tallenne-$command.1"
	"$tallenne" help "$command" > "$dir/helped"
	"$tallenne" "$command" --help > "$dir/$command" 2>&1 || true
	grep -q '^usage: tallenne' "$dir/$command" ||
		[ "$command" = help ] || [ "$command" = version ]
	# Help and manual are of one source: the same options in both.
	sed -n 's/^  .*[ ,] --\([a-z-]*\).*/\1/p' "$dir/helped" | sort > "$dir/in-help"
	sed -n 's/^\.It.*Fl -\([a-z-]*\).*/\1/p' "$dir/tallenne-$command.1" | sort > "$dir/in-manual"
	diff "$dir/in-help" "$dir/in-manual"
	grep -q 'Exit status:' "$dir/helped"
	grep -q '^\.Sh EXIT STATUS' "$dir/tallenne-$command.1"
	code=0
	"$tallenne" "$command" --bogus 2> "$dir/error" || code=$?
	[ "$code" -eq 2 ]
	grep -q 'unknown option: --bogus' "$dir/error"
done
"$tallenne" man policy.5 > "$dir/tallenne-policy.5"
if command -v mandoc > /dev/null; then
	mandoc -Tlint -Wwarning "$dir"/*.1 "$dir"/*.5
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
# refused ARGUMENT... MESSAGE: misuse says what is wrong.
refused() {
	for last; do :; done
	line=
	while [ $# -gt 1 ]; do line="$line $1"; shift; done
	"$tallenne" $line 2> "$dir/error" > /dev/null
	[ $? -eq 2 ] && grep -qF -e "$last" "$dir/error" && return
	echo "tallenne$line: $(cat "$dir/error")"
	exit 1
}
refused demo --web-port 99999 'a port is a whole number from 1 to 65535'
refused demo --web-prot 1 'did you mean --web-port?'
refused serve --confg x 'did you mean --config?'
refused serve '--config FILE is missing'
refused config chek x 'did you mean check?'
refused hold list --kind legal '--kind, --until, --review and --reference are for place'
refused hold place x --kind legal 'place: an id has 32 digits and letters'
refused hold place 00112233445566778899aabbccddeeff '--kind is access, legal or restriction'
refused hold place 00112233445566778899aabbccddeeff --kind access --reference A1 '--until DATE is missing'
refused hold place 00112233445566778899aabbccddeeff --kind legal --reference A1 --until 31.12.2026 '--review DATE is missing'
refused hold place 00112233445566778899aabbccddeeff --kind restriction --reference A1 --until 31.12.2026 'lifted by a decision'
refused retention receipt x 'receipt: an id has 32 digits and letters'
refused retention run --ics '--ics is for plan'
refused retention pln 'did you mean plan?'
refused staff add anna --role agent 'needs --agent ID'
refused staff add anna --role superviser 'did you mean supervisor?'
refused retention plan --until soon 'a date is'
refused retention run --until 2099-01-01 '--until is for plan'
refused audit prove abc 'the number of an entry is needed'
refused audit prove -- -1 'the number of an entry is needed'
refused staff add anna --role dpo --language xx 'fi, sv or en'
refused staff add anna --role dpo --language suomi 'fi, sv or en'
for option in 'seconds 0' 'seconds -1' 'seconds 99999999' 'calls 0' \
	'calls 9999999999' 'concurrent 9999999999' 'caller-tone 4294967297' \
	'agent-tone 4294967297' 'session-expires 4294967297' \
	'caller-step 9999999999999' 'rate -1' 'loss 101' 'early-media -1'; do
	refused call --to sip:127.0.0.1:9 --$option "--${option% *}"
done
# Nobody vouches for a log that is empty.
"$tallenne" audit verify /dev/null > "$dir/told"
[ $? -eq 3 ] && grep -q 'EMPTY after 0 entries' "$dir/told" || exit 1
"$tallenne" audit verify --json /dev/null | grep -q '"ok":false' || exit 1
refused policy show --json x 'check has --json'
refused contact list --since x 'a date is'
# The doctor counts apart what it did not look at, and ends with 3.
"$tallenne" doctor --run "$dir" > "$dir/doctor"
[ $? -eq 3 ] || exit 1
for word in ok skip warn FAIL; do
	echo "$(grep -c "^[ 0-9]* $word " "$dir/doctor") $word"
done | tr '\n' ',' | sed 's/skip,/skipped,/; s/,/, /g; s/, $//' > "$dir/counted"
grep -qxF "$(cat "$dir/counted")" "$dir/doctor" || { cat "$dir/doctor" "$dir/counted"; exit 1; }
grep -q '^ *[0-9]* skip ' "$dir/doctor" || exit 1
# It looks at the service of the configuration that it was given.
printf 'house:\n  run: %s/nowhere\n' "$dir" > "$dir/config"
(unset TALLENNE_RUN; "$tallenne" doctor --config "$dir/config") | grep -qF "door in $dir/nowhere:" || exit 1
# A policy is told with what it decides, a fault with its line.
"$tallenne" policy show "$policy" | grep -q '^coverage *all' || exit 1
sed 's/Helsinki/Helsinky/' "$policy" > "$dir/policy"
"$tallenne" policy check "$dir/policy" > "$dir/told"
[ $? -eq 3 ] && grep -q ':12: E-ZONE: .*did you mean "Europe/Helsinki"' "$dir/told" || exit 1
grep -q '^   write\|^   name a zone' "$dir/told" || exit 1
# Whoever wants more than was promised is refused with the promise.
sed 's/period: P6M/period: P9M/' "$policy" > "$dir/policy"
"$tallenne" policy check "$dir/policy" --against "$policy" > "$dir/told" 2> /dev/null
[ $? -eq 4 ] || exit 1
grep -q '^error: .*:82: E-PROMISE-LONGER: .*9 months' "$dir/told" || { cat "$dir/told"; exit 1; }
grep -q '^   the published notice 2018-05-25 promises "puhelu: at most 6 months' "$dir/told" || exit 1
grep -q '^   either shorten the value' "$dir/told" || exit 1
"$tallenne" policy check "$policy" --against "$policy" > "$dir/told" 2> /dev/null || exit 1
# Every key is covered; the schema is JSON.
"$tallenne" policy coverage | grep -q ' keys: .* 0 not$' || exit 1
"$tallenne" policy schema | python3 -m json.tool > /dev/null || exit 1
TALLENNE_RUN=$dir "$tallenne" status 2> "$dir/error"
[ $? -eq 75 ] || exit 1
exit 0
