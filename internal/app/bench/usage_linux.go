package bench

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// usage is what the process has used so far.
type usage struct {
	cpu    float64 // seconds, of user and system
	read   int64   // bytes that it read, from files and sockets
	peakMB float64 // the most memory since the usage was taken before
}

// takeUsage takes the numbers and lets the peak of memory begin anew.
func takeUsage() (usage, error) {
	var u usage
	var rusage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &rusage); err != nil {
		return u, fmt.Errorf("ask for the processor time: %w", err)
	}
	u.cpu = seconds(rusage.Utime) + seconds(rusage.Stime)
	u.peakMB = float64(rusage.Maxrss) / 1024
	if kib := number("/proc/self/status", "VmHWM:"); kib > 0 {
		u.peakMB = float64(kib) / 1024
	}
	u.read = number("/proc/self/io", "rchar:")
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // where that is not allowed the peak is the one so far
	return u, nil
}

func seconds(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }

// number finds a line that begins with name and returns its number, 0 if there is none.
func number(path, name string) int64 {
	file, err := os.Open(path)
	if err != nil {
		return 0
	}
	defer file.Close() //nolint:errcheck // only read
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), name); ok {
			n, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return n
		}
	}
	return 0
}
