//go:build !linux

package bench

import (
	"errors"
	"runtime"
)

// usage is what the process has used so far.
type usage struct {
	cpu    float64
	read   int64
	peakMB float64
}

// takeUsage is not known on this system.
func takeUsage() (usage, error) {
	return usage{}, errors.New("measuring needs Linux; this is " + runtime.GOOS)
}
