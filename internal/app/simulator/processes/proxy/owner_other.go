//go:build !linux

package proxy

// OwnerAmong returns an Options.Owner that knows nobody: only Linux tells which process has a connection open.
func OwnerAmong(func() []int) func(client, server int) int { return func(int, int) int { return 0 } }
