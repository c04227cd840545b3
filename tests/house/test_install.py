#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""What `meson install` leaves behind is complete, and starts from there."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from house import SOURCE, run_tests
from signing import Signers

ROOMS = re.findall(r"^(?:ROOM|EACH_CORE)\((\w+),", (SOURCE / "house/plan.def").read_text(), re.M)


class Place:
    """Everything installed beneath one directory, once for all tests."""

    def __init__(self, build):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="tallenne-install-"))
        os.chmod(self.dir, 0o711)
        run("meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", str(self.dir))
        found = list(self.dir.rglob("bin/tallenne"))
        assert len(found) == 1, found
        self.prefix = found[0].parent.parent
        self.program = str(found[0])

    def one(self, pattern):
        found = [path for path in self.prefix.glob(pattern) if path.is_file()]
        assert len(found) == 1, f"{pattern}: {found}"
        return found[0]


def run(*words, **rest):
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False, **rest)
    assert done.returncode == 0, f"{words}: {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout


def with_place(check):
    def test(build):
        place = Place(build)
        try:
            check(place)
        finally:
            shutil.rmtree(place.dir, ignore_errors=True)
    test.__name__ = check.__name__
    return test


@with_place
def everything_is_installed(place):
    for room in ["house", *ROOMS]:
        assert os.access(place.one(f"libexec/tallenne/tallenne-{room}"), os.X_OK), room
    # The rooms, and the one program beside them that opens back-ups.
    known = {f"tallenne-{name}" for name in ["house", "restore", *ROOMS]}
    extra = {path.name for path in place.prefix.glob("libexec/tallenne/*")} - known
    assert not extra, extra
    for pattern in ("lib/systemd/system/tallenne.service", "lib/sysusers.d/tallenne.conf", "lib/tmpfiles.d/tallenne.conf",
                    "share/tallenne/tallenne.yaml", "share/tallenne/nginx.conf", "share/tallenne/example-policy.yaml",
                    "share/tallenne/verify_audit.py", "share/tallenne/verify_bundle.py", "share/man/man1/tallenne.1*", "share/man/man1/tallenne-serve.1*",
                    "share/bash-completion/completions/tallenne"):
        place.one(pattern)
    for path in (SOURCE / "ui").rglob("*"):
        if path.is_file():
            place.one(f"share/tallenne/ui/{path.relative_to(SOURCE / 'ui')}")


@with_place
def the_service_starts_what_was_installed(place):
    unit = place.one("lib/systemd/system/tallenne.service").read_text()
    start = re.search(r"^ExecStart=(\S+) serve --config (\S+)$", unit, re.M)
    assert start and str(place.dir) + start[1] == place.program, unit
    users = re.findall(r"^u (\S+)", place.one("lib/sysusers.d/tallenne.conf").read_text(), re.M)
    assert sorted(users) == sorted(f"tallenne-{room}" for room in ROOMS), users


@with_place
def the_unit_leaves_little_open(place):
    if not shutil.which("systemd-analyze"):
        return
    unit = place.one("lib/systemd/system/tallenne.service")
    run("systemd-analyze", "security", "--offline=yes", "--no-pager", "--threshold=30", str(unit))


@with_place
def the_example_configuration_is_valid(place):
    text = place.one("share/tallenne/tallenne.yaml").read_text()
    policy = place.one("share/tallenne/example-policy.yaml")
    assert text.count("/etc/tallenne/policy.yaml") == 1
    config = place.dir / "tallenne.yaml"
    # As docs/install.md tells: two persons sign the policy first.
    keys = Signers(place.program, place.dir, "controller-representative", "second-signer")
    signed = place.dir / "policy.yaml"
    signed.write_text(keys.listed(policy.read_text(), *keys.public))
    keys.sign(signed, *keys.public)
    config.write_text(text.replace("/etc/tallenne/policy.yaml", str(signed)))
    assert "good" in run(str(place.one("libexec/tallenne/tallenne-house")), "--check", str(config))
    # What is commented out must be as valid as the rest.
    kept = re.sub(r"^( *)# (\w+:.*|  \w+: .*)$", r"\1\2", config.read_text(), flags=re.M)
    for port in (8080, 8081):
        kept = kept.replace(f'  listen: ["127.0.0.1:{port}"]\n', "")
    kept = kept.replace("  spool: /var", "  spool: " + str(place.dir))
    config.write_text(kept)
    assert kept.count("tls:") >= 3, kept
    run(place.program, "config", "check", str(config))


@with_place
def the_installed_demo_starts_and_goes(place):
    text = run(place.program, "demo", "--once", "--no-calls", env=dict(os.environ, PATH="/usr/bin:/bin"), cwd="/")
    assert "Everything is gone." in text, text


run_tests([everything_is_installed, the_service_starts_what_was_installed, the_unit_leaves_little_open,
           the_example_configuration_is_valid, the_installed_demo_starts_and_goes])
