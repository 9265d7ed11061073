package stage

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// FreeAddress returns an address of this machine on which nobody listens, for a server whose address must be known before it listens. It
// is none of those that systems give out by themselves: such a one can belong to somebody else's connection before the server has it.
func FreeAddress(ctx context.Context) (string, error) {
	const first, last, tries = 15_000, 30_000, 100 // below the range of Linux (32768), Windows and macOS (49152)
	var err error
	for range tries {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(first+rand.IntN(last-first)))
		var listener net.Listener
		if listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", address); err == nil {
			return address, listener.Close()
		}
	}
	return "", fmt.Errorf("find an address to listen on: %w", err)
}
