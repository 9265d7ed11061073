package proxy

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// OwnerAmong returns an Options.Owner that knows these processes: which of them has the client's end of a connection of 127.0.0.1
// open. The function is asked for the processes each time.
func OwnerAmong(pids func() []int) func(client, server int) int {
	return func(client, server int) int {
		for range looks {
			inode := inodeOf(client, server)
			for _, pid := range pids() {
				if inode != "" && hasOpen(pid, "socket:["+inode+"]") {
					return pid
				}
			}
		}
		return 0
	}
}

// looks is how often is looked: the system writes its list of connections in pieces, and leaves some out while others come and go.
const looks = 4

// inodeOf finds the socket of 127.0.0.1 whose own end is the client's port and whose other end is the server's. The client's
// port alone does not tell: it can be in use towards several others at once, and be among those that have just been closed.
func inodeOf(client, server int) string {
	data, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		return ""
	}
	local, remote := fmt.Sprintf("0100007F:%04X", client), fmt.Sprintf("0100007F:%04X", server)
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		if len(fields) > 9 && fields[1] == local && fields[2] == remote {
			return fields[9]
		}
	}
	return ""
}

// hasOpen reports whether a process has something open.
func hasOpen(pid int, what string) bool {
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	files, err := os.ReadDir(dir)
	if err != nil {
		return false // it has just died
	}
	for _, file := range files {
		if target, err := os.Readlink(filepath.Join(dir, file.Name())); err == nil && target == what {
			return true
		}
	}
	return false
}
