//go:build !unix

package processes

import (
	"errors"
	"os"
	"os/exec"
)

// canFreeze says that a process can be stopped and woken up.
const canFreeze = false

func alone(*exec.Cmd) {}

func killNow(pid int) error {
	process, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return process.Kill()
}

func freeze(int) error  { return errors.ErrUnsupported }
func thaw(int) error    { return errors.ErrUnsupported }
func end(pid int) error { return killNow(pid) }
