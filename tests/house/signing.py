# SPDX-License-Identifier: EUPL-1.2
"""Policies signed as people sign them: with "tallenne policy"."""
import hashlib
import pathlib
import subprocess



class Signers:
    """Keys of offices, made in a directory."""

    def __init__(self, program, directory, *names):
        self.program = str(program)
        self.dir = pathlib.Path(directory)
        self.public = {}
        for name in names:
            made = self.run("policy", "key", name, self.file(name), passphrase=self.passphrase(name))
            self.public[name] = made.stdout.strip()

    def file(self, name):
        return self.dir / f"{name}.key"

    @staticmethod
    def passphrase(name):
        return f"passphrase of the {name}"

    def run(self, *arguments, passphrase="", check=True):
        done = subprocess.run([self.program, *map(str, arguments)], input=passphrase + "\n", capture_output=True,
                              text=True, timeout=120, check=False)
        assert not check or done.returncode == 0, (arguments, done.returncode, done.stdout, done.stderr)
        return done

    def listed(self, policy, *names, supersedes=""):
        """The text of a policy that lists these signers, and what it supersedes."""
        head = "policy:\n  signers:\n" + "".join(f"    - {self.public[name]}\n" for name in names)
        if supersedes:
            head += f"  supersedes: {hashlib.sha256(supersedes.encode()).hexdigest()}\n"
        assert policy.count("\npolicy:\n") == 1
        return policy.replace("\npolicy:\n", "\n" + head)

    def sign(self, path, *names):
        for name in names:
            self.run("policy", "sign", path, "--key", self.file(name), passphrase=self.passphrase(name))
