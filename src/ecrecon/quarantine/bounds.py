"""Bounds of memory and processor time that a process puts on itself, as far as its system has them.

POSIX: `setrlimit` (macOS does not hold the address space, so the resident size is watched beside it). Windows: a job
object with a memory limit; its time is bounded from outside by the clock.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from pathlib import Path

MEMORY = 1024**3
"""Bytes that reading a small file may take."""
MEMORY_PER_BYTE = 40
"""Bytes more for each byte of the file: a workbook packs about ten to one, and its cells are held three times."""
SECONDS = 15
"""Processor seconds that reading a small file may take."""
SECONDS_PER_MIB = 4
"""More for each MiB of the file."""
RECYCLE_MIB = 300
"""A process that has ever held this much is not used again: what it does not give back counts for the next file."""

_WATCH_EVERY = 0.05


def allowance(size: int) -> tuple[int, int]:
    """(bytes of memory, seconds of processor time) for a file of `size` bytes."""
    return MEMORY + MEMORY_PER_BYTE * size, SECONDS + SECONDS_PER_MIB * size // 1024**2


def settle() -> None:
    """Once at the start of a confined process: no core file, no crash dialogue, no end by the user's Ctrl-C (the parent
    has to tell of that)."""
    import signal  # noqa: PLC0415

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "win32":
        _windows_quiet()
        return
    import resource  # noqa: PLC0415

    with contextlib.suppress(OSError, ValueError, StopIteration):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "darwin":
        threading.Thread(target=_watch, daemon=True).start()


def confine(memory: int, seconds: int) -> None:
    """Bound this process: `memory` bytes in all, `seconds` of processor time from now on. Beyond them it dies."""
    if sys.platform == "win32":
        _windows_limit(memory)
        return
    import resource  # noqa: PLC0415

    global _most_resident  # noqa: PLW0603  the watcher is a thread of this process
    _most_resident = memory
    used = int(time.process_time()) + 1
    for kind, wanted in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, used + seconds)):
        with contextlib.suppress(OSError, ValueError, StopIteration):
            hard = resource.getrlimit(kind)[1]
            resource.setrlimit(kind, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


def peak_mib() -> int:
    """MiB that this process has held at most; 0 where the system does not tell.

    On Linux the peak of the memory itself: the resource usage also counts what the parent held when it started this process.
    """
    if sys.platform == "win32":
        return 0
    if sys.platform == "linux":
        with contextlib.suppress(OSError, ValueError, StopIteration):
            status = Path("/proc/self/status").read_bytes()
            return next(int(line.split()[1]) // 1024 for line in status.split(b"\n") if line.startswith(b"VmHWM:"))
    import resource  # noqa: PLC0415

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 1024**2 if sys.platform == "darwin" else peak // 1024


_most_resident = MEMORY


def _watch() -> None:
    """macOS: end the process when its resident size passes the bound."""
    while True:
        if peak_mib() * 1024**2 > _most_resident:
            os._exit(1)
        time.sleep(_WATCH_EVERY)


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _SILENT = 0x8007  # SEM_FAILCRITICALERRORS, NOGPFAULTERRORBOX, NOALIGNMENTFAULTEXCEPT, NOOPENFILEERRORBOX
    _PROCESS_MEMORY = 0x100  # JOB_OBJECT_LIMIT_PROCESS_MEMORY
    _EXTENDED_LIMITS = 9  # JobObjectExtendedLimitInformation

    class _Basic(ctypes.Structure):
        _fields_ = (
            ("process_time", ctypes.c_int64), ("job_time", ctypes.c_int64), ("flags", wintypes.DWORD),
            ("least_set", ctypes.c_size_t), ("most_set", ctypes.c_size_t), ("processes", wintypes.DWORD),
            ("affinity", ctypes.c_size_t), ("priority", wintypes.DWORD), ("scheduling", wintypes.DWORD),
        )  # fmt: skip

    class _Extended(ctypes.Structure):
        _fields_ = (
            ("basic", _Basic), ("io", ctypes.c_uint64 * 6), ("process_memory", ctypes.c_size_t),
            ("job_memory", ctypes.c_size_t), ("peak_process", ctypes.c_size_t), ("peak_job", ctypes.c_size_t),
        )  # fmt: skip

    _jobs: list[int] = []

    def _windows_quiet() -> None:
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.SetErrorMode(_SILENT)
        kernel.CreateJobObjectW.restype = wintypes.HANDLE
        kernel.GetCurrentProcess.restype = wintypes.HANDLE
        kernel.AssignProcessToJobObject.argtypes = (wintypes.HANDLE, wintypes.HANDLE)
        job = kernel.CreateJobObjectW(None, None)
        if job and kernel.AssignProcessToJobObject(job, kernel.GetCurrentProcess()):
            _jobs.append(job)

    def _windows_limit(memory: int) -> None:
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.SetInformationJobObject.argtypes = (wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD)
        for job in _jobs:
            limits = _Extended()
            limits.basic.flags = _PROCESS_MEMORY
            limits.process_memory = memory
            kernel.SetInformationJobObject(job, _EXTENDED_LIMITS, ctypes.byref(limits), ctypes.sizeof(limits))
