package proxy_test

import (
	"context"
	"net"
	"os"
	"syscall"
	"testing"

	"raynetsync/internal/app/simulator/processes/proxy"
)

// One port of a client can be in use towards several servers, and the system goes on listing a connection for a minute after its
// end, without an owner.
func TestOwnerIsFoundAmongConnectionsOfOnePort(t *testing.T) {
	t.Parallel()
	owner := proxy.OwnerAmong(func() []int { return []int{os.Getpid()} })
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}, Control: func(_, _ string, raw syscall.RawConn) error {
		var set error
		err := raw.Control(func(fd uintptr) { set = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1) })
		if err != nil {
			return err
		}
		return set
	}}
	var listening net.ListenConfig
	for i := range 12 {
		listener, err := listening.Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		client, server := connect(t, dialer, listener)
		dialer.LocalAddr = client.LocalAddr()
		from, to := client.LocalAddr().(*net.TCPAddr).Port, listener.Addr().(*net.TCPAddr).Port
		if got := owner(from, to); got != os.Getpid() {
			t.Errorf("the owner of connection %d from port %d, to port %d, is process %d, want %d", i+1, from, to, got, os.Getpid())
		}
		for _, end := range []interface{ Close() error }{client, server, listener} { // the end that closes first is listed on
			if err := end.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// connect returns both ends of a new connection.
func connect(t *testing.T, dialer net.Dialer, listener net.Listener) (client, server net.Conn) {
	t.Helper()
	client, err := dialer.DialContext(context.WithoutCancel(t.Context()), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err = listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return client, server
}
