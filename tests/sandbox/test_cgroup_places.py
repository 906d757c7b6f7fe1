"""Where a process may have control groups, from what the kernel says about its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox import cgroup

MOUNTS_1 = """\
25 18 0:23 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
26 25 0:24 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
27 25 0:25 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
28 25 0:26 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
"""
MOUNTS_2 = "31 23 0:27 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
IN_A_CONTAINER = "31 23 0:27 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"


@pytest.mark.parametrize(
    ("groups", "mounts", "found"),
    [
        ("4:memory:/\n0::/\n", MOUNTS_1, {"memory": "/sys/fs/cgroup/memory", "unified": "/sys/fs/cgroup/unified"}),
        ("4:memory:/a/b\n", MOUNTS_1, {"memory": "/sys/fs/cgroup/memory/a/b"}),
        ("3:cpu,cpuacct:/a\n", MOUNTS_1, dict.fromkeys(("cpu", "cpuacct"), "/sys/fs/cgroup/cpu,cpuacct/a")),
        ("0::/user.slice/x:y.service\n", MOUNTS_2, {"unified": "/sys/fs/cgroup/user.slice/x:y.service"}),
        ("4:memory:/docker/abc/inner\n", IN_A_CONTAINER, {"memory": "/sys/fs/cgroup/memory/inner"}),
        ("4:memory:/elsewhere\n", IN_A_CONTAINER, {}),
        ("4:memory:/\n", "", {}),
        ("", "", {}),
    ],
)
def test_own_groups(groups: str, mounts: str, found: dict[str, str]) -> None:
    assert cgroup.own_folders(groups, mounts) == found


def test_a_folder_that_caps_memory_already_is_taken(tmp_path: Path) -> None:
    (tmp_path / "cgroup.subtree_control").write_text("cpu memory pids\n")
    assert cgroup.enabled(str(tmp_path))
    assert (tmp_path / "cgroup.subtree_control").read_text() == "cpu memory pids\n"


def test_a_folder_that_can_cap_nothing_is_not_taken(tmp_path: Path) -> None:
    assert not cgroup.enabled(str(tmp_path))
