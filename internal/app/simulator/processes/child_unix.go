//go:build unix

package processes

import (
	"os/exec"
	"syscall"
)

// canFreeze says that a process can be stopped and woken up.
const canFreeze = true

// alone gives a process a group of its own, so that whatever it starts ends with it.
func alone(command *exec.Cmd) { command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// send signals a process and its group.
func send(pid int, signal syscall.Signal) error { return syscall.Kill(-pid, signal) }

func killNow(pid int) error { return send(pid, syscall.SIGKILL) }
func freeze(pid int) error  { return send(pid, syscall.SIGSTOP) }
func thaw(pid int) error    { return send(pid, syscall.SIGCONT) }
func end(pid int) error     { return send(pid, syscall.SIGTERM) }
