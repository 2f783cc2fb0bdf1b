#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Volumes in a logical pool, with the real LVM: in a guest, since it takes device mapper, and groups of a machine that
runs tests are not to be touched.

    logical_pools_test.py PROGRAM…       gtest programs, whose tests of logical pools are run

The guest has Debian's kernel, an initramfs with these programs, LVM's and QEMU's own and what libraries they need, and
one disk, on which it makes a volume group. Without udev, LVM makes the device nodes itself. It says over its serial
port how each program ended. The kernel is kept below ${XDG_CACHE_HOME:-~/.cache}/berth/kernel.
"""

import fcntl
import os
import pathlib
import re
import stat
import subprocess
import sys
import tempfile

GROUP = "test"
FILTER = "*LogicalPool*"
MODULES = ("virtio_pci", "virtio_blk", "dm-mod")
TOOLS = ("/bin/busybox", "/sbin/lvm", "/usr/bin/qemu-img", "/usr/bin/qemu-io")
DEADLINE_SECONDS = 420

INIT = """#!/bin/busybox sh
export PATH=/bin:/sbin:/usr/bin TMPDIR=/tmp BERTH_TEST_GROUP=%(group)s
busybox mount -t devtmpfs none /dev
busybox mount -t proc none /proc
busybox mount -t sysfs none /sys
busybox mount -t tmpfs none /tmp
for module in %(modules)s; do busybox insmod /modules/$module.ko; done
lvm vgcreate --yes "$BERTH_TEST_GROUP" /dev/vda || echo 'guest: no volume group'
for program in %(programs)s; do
  /tests/$program --gtest_filter='%(filter)s' --gtest_brief=1 --gtest_color=no
  echo "guest: $program ended with $?"
done
echo 'guest: done'
busybox poweroff -f
"""

LVM_CONF = """activation { udev_sync = 0 udev_rules = 0 monitoring = 0 }
devices { obtain_device_list_from_udev = 0 use_devicesfile = 0 }
"""


def output_of(*command, **more):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **more).stdout


def cached_kernel():
    """The directory of the release's kernel package, unpacked."""
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "berth" / "kernel"
    cache.mkdir(parents=True, exist_ok=True)
    with open(cache / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        depends = output_of("apt-cache", "depends", "linux-image-cloud-amd64")
        package = re.search(r"Depends: (linux-image-\S+)", depends).group(1)
        kernel = cache / package
        if not kernel.exists():
            fetch_kernel(package, kernel)
    return kernel


def fetch_kernel(package, kernel):
    with tempfile.TemporaryDirectory(dir=kernel.parent) as scratch:
        # As root it would do so as a user of its own, who may not write here.
        subprocess.run(["apt-get", "--quiet=2", "-o", "APT::Sandbox::User=root", "download", package], cwd=scratch, check=True)
        (deb,) = pathlib.Path(scratch).glob("*.deb")
        subprocess.run(["dpkg-deb", "--extract", deb, f"{scratch}/root"], check=True)
        os.rename(f"{scratch}/root", kernel)


def modules_of(kernel):
    """The modules' files, each behind those that it needs. What is built in has none."""
    files = {path.stem.replace("-", "_"): path for path in kernel.glob("lib/modules/*/kernel/**/*.ko")}
    ordered = {}

    def add(name):
        path = files.get(name.replace("-", "_"))
        if path is None or path.stem in ordered:
            return
        depends = re.search(rb"\0depends=([^\0]*)\0", path.read_bytes()).group(1).decode()
        for other in filter(None, depends.split(",")):
            add(other)
        ordered[path.stem] = path

    for name in MODULES:
        add(name)
    return ordered


def libraries_of(program):
    told = subprocess.run(["ldd", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    return re.findall(r"(/\S+) \(0x", told)


class Archive:
    """A cpio archive as the kernel takes it for its initramfs ("newc")."""

    def __init__(self, file):
        self.file = file
        self.names = set()

    def add(self, name, mode, content=b"", device=(0, 0)):
        name = name.lstrip("/")
        if name in self.names:
            return
        if "/" in name:
            self.add(name.rpartition("/")[0], stat.S_IFDIR | 0o755)
        self.names.add(name)
        self.write(name, mode, content, device)

    def write(self, name, mode, content, device=(0, 0)):
        fields = (len(self.names), mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(name) + 1, 0)
        self.file.write(b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0")
        self.file.write(b"\0" * (-(110 + len(name) + 1) % 4) + content + b"\0" * (-len(content) % 4))

    def add_file(self, name, path, mode=0o755):
        self.add(name, stat.S_IFREG | mode, pathlib.Path(path).read_bytes())

    def end(self):
        self.write("TRAILER!!!", 0, b"")


def pack(path, kernel, programs, scratch):
    modules = modules_of(kernel)
    settings = {
        "group": GROUP,
        "filter": FILTER,
        "modules": " ".join(modules),
        "programs": " ".join(program.name for program in programs),
    }
    with open(path, "wb") as file:
        archive = Archive(file)
        for directory in ("dev", "proc", "sys", "tmp", "run/lock/lvm", "run/lvm", "etc/lvm", "var/tmp"):
            archive.add(directory, stat.S_IFDIR | 0o755)
        archive.add("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))
        archive.add("init", stat.S_IFREG | 0o755, (INIT % settings).encode())
        archive.add("etc/lvm/lvm.conf", stat.S_IFREG | 0o644, LVM_CONF.encode())
        for name, module in modules.items():
            archive.add_file(f"modules/{name}.ko", module, 0o644)
        for tool in TOOLS:
            archive.add_file(tool, tool)
        # The agent calls it by the path that other distributions have too.
        archive.add_file("/usr/sbin/lvm", "/sbin/lvm")
        for program in programs:
            bare = pathlib.Path(scratch) / program.name
            subprocess.run(["strip", "-o", bare, program], check=True)
            archive.add_file(f"tests/{program.name}", bare)
        for program in (*TOOLS, *programs):
            for library in libraries_of(program):
                archive.add_file(library, library)
        archive.end()


def accelerator():
    """That /dev/kvm is there proves nothing: see kvm_works in deploy/virtual-hosts."""
    flags = re.search(r"^flags.* (vmx|svm)( |$)", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return "kvm" if flags and os.access("/dev/kvm", os.W_OK) else "tcg"


def boot(kernel, initramfs, disk):
    (image,) = kernel.glob("boot/vmlinuz-*")
    command = ["qemu-system-x86_64", "-machine", "q35", "-m", "768", "-nographic", "-no-reboot", "-nodefaults"]
    command += ["-accel", accelerator(), "-serial", "stdio", "-kernel", image, "-initrd", initramfs]
    command += ["-append", "console=ttyS0 panic=-1 quiet"]
    command += ["-drive", f"file={disk},format=raw,if=none,id=disk,cache=unsafe", "-device", "virtio-blk-pci,drive=disk"]
    ran = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=DEADLINE_SECONDS)
    return ran.stdout.decode(errors="replace").replace("\r", "")


def main():
    programs = [pathlib.Path(argument).resolve() for argument in sys.argv[1:]]
    missing = [tool for tool in (*TOOLS, "/usr/bin/qemu-system-x86_64") if not os.path.exists(tool)]
    if missing or not programs:
        sys.exit(f"missing: {', '.join(missing) or 'a program to run'}; deploy/packages/install hosts test")
    kernel = cached_kernel()
    with tempfile.TemporaryDirectory() as scratch:
        disk = pathlib.Path(scratch) / "disk"
        with open(disk, "wb") as file:
            file.truncate(8 << 30)
        initramfs = pathlib.Path(scratch) / "initramfs"
        pack(initramfs, kernel, programs, scratch)
        said = boot(kernel, initramfs, disk)
    print(said)
    for program in programs:
        if f"guest: {program.name} ended with 0\n" not in said:
            sys.exit(f"{program.name} did not pass in the guest")
        # A filter that meets nothing ends with 0 too.
    passed = sum(int(count) for count in re.findall(r"\[  PASSED  \] (\d+) test", said))
    if "guest: done" not in said or passed < len(programs):
        sys.exit(f"only {passed} tests ran in the guest")


if __name__ == "__main__":
    main()
