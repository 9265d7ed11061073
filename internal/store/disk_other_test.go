//go:build !linux

package store_test

import "testing"

// smallDisk is for Linux only.
func smallDisk(*testing.T) string { return "" }
