package emulation

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"time"

	outlookemu "raynetsync/internal/remote/outlook/emulator"
)

// ServeOptions say where the services listen. The zero value is four free ports of this machine.
type ServeOptions struct {
	// RaynetAddr, GraphAddr, AuthorityAddr and ControlAddr are host:port; port 0 is any free one, empty means 127.0.0.1:0.
	RaynetAddr, GraphAddr, AuthorityAddr, ControlAddr string
	// AllowRemote lets the services listen on addresses that other machines can reach; without it such an address is
	// ErrNotLoopback. The certificate of the authority is for this machine alone either way.
	AllowRemote bool
	// Dir is where ca.pem is written; it is made if it is not there. Empty means a new directory, which Close removes.
	Dir string
	// Log gets what the HTTP servers complain about; nil means slog.Default().
	Log *slog.Logger
}

// ErrNotLoopback says that an address can be reached from other machines.
var ErrNotLoopback = errors.New("not an address of this machine alone")

// Info is everything a client needs to connect; as JSON it is the line that `emulate` prints.
type Info struct {
	RaynetURL      string `json:"raynet_url"` // ends in /api/v2
	RaynetInstance string `json:"raynet_instance"`
	RaynetUser     string `json:"raynet_user"`
	RaynetAPIKey   string `json:"raynet_api_key"`
	GraphURL       string `json:"graph_url"`     // ends in /v1.0
	AuthorityURL   string `json:"authority_url"` // without the tenant
	TenantID       string `json:"tenant_id"`
	ClientID       string `json:"client_id"`
	ClientSecret   string `json:"client_secret"`
	CAFile         string `json:"ca_file"` // absolute path of the PEM file that a client of the authority trusts
	ControlURL     string `json:"control_url"`
}

// Running is a world that listens. Close it.
type Running struct {
	Info Info

	servers  []*http.Server
	cancel   context.CancelFunc // ends what requests wait for
	running  sync.WaitGroup
	scratch  string // directory to remove
	stopOnce sync.Once
	done     chan struct{}

	mu     sync.Mutex
	unused map[net.Conn]bool // guarded by mu; connections that were opened and carried no request yet
	detach func() bool       // guarded by mu; Close needs the end of ctx no more
	err    error             // guarded by mu; what went wrong while serving
}

// door is one listening server to be.
type door struct {
	name, addr string
	handler    http.Handler
	secure     bool
	listener   net.Listener
}

// Serve listens on all addresses and returns; the end of ctx closes like Close. Errors: ErrNotLoopback, and whatever listening
// and writing ca.pem may give; nothing is left listening then.
func (w *World) Serve(ctx context.Context, opts ServeOptions) (*Running, error) {
	doors := []*door{
		{name: "RAYNET", addr: opts.RaynetAddr, handler: w.Raynet},
		{name: "Graph", addr: opts.GraphAddr, handler: w.Outlook.Graph()},
		{name: "authority", addr: opts.AuthorityAddr, handler: w.Outlook.Authority(), secure: true},
		{name: "control", addr: opts.ControlAddr, handler: w.Control()},
	}
	for _, d := range doors {
		d.addr = cmp.Or(d.addr, "127.0.0.1:0")
		if err := checkAddress(d.addr, opts.AllowRemote); err != nil {
			return nil, fmt.Errorf("emulation: listen address of %s: %w", d.name, err)
		}
	}
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r := &Running{cancel: cancel, done: make(chan struct{}), unused: map[net.Conn]bool{}}
	ca, certificate, err := outlookemu.NewCertificate(time.Now())
	if err == nil {
		err = r.writeCA(opts.Dir, ca)
	}
	for _, d := range doors {
		if err == nil {
			err = d.listen(ctx, certificate)
		}
	}
	if err != nil {
		r.discard(doors)
		return nil, fmt.Errorf("emulation: %w", err)
	}
	w.describe(&r.Info, doors)
	log := cmp.Or(opts.Log, slog.Default())
	for _, d := range doors {
		r.start(base, d, log)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.detach = context.AfterFunc(ctx, func() { _ = r.Close() })
	return r, nil
}

// checkAddress refuses addresses that other machines reach: an emulator knows no secrets, but a laptop has neighbours.
func checkAddress(addr string, allowRemote bool) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("%w; write host:port, for instance 127.0.0.1:8081", err)
	}
	if ip, err := netip.ParseAddr(host); allowRemote || host == "localhost" || (err == nil && ip.IsLoopback()) {
		return nil
	}
	return fmt.Errorf("%q: %w; use 127.0.0.1", addr, ErrNotLoopback)
}

func (d *door) listen(ctx context.Context, certificate tls.Certificate) error {
	var err error
	var config net.ListenConfig
	if d.listener, err = config.Listen(ctx, "tcp", d.addr); err != nil {
		return fmt.Errorf("listen for %s: %w", d.name, err)
	}
	if d.secure {
		d.listener = tls.NewListener(d.listener, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
	}
	return nil
}

// url is how a client of this machine reaches the door.
func (d *door) url() string {
	scheme := "http://"
	if d.secure {
		scheme = "https://"
	}
	host, port, _ := net.SplitHostPort(d.listener.Addr().String())
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return scheme + net.JoinHostPort(host, port)
}

func (w *World) describe(info *Info, doors []*door) {
	raynet := w.Raynet.Options()
	info.RaynetURL = doors[0].url() + "/api/v2"
	info.RaynetInstance, info.RaynetUser, info.RaynetAPIKey = raynet.Instance, raynet.User, raynet.APIKey
	info.GraphURL, info.AuthorityURL, info.ControlURL = doors[1].url()+"/v1.0", doors[2].url(), doors[3].url()
	info.TenantID, info.ClientID, info.ClientSecret = outlookemu.FakeTenant, outlookemu.FakeClient, outlookemu.FakeSecret
}

func (r *Running) writeCA(dir string, pem []byte) error {
	if dir == "" {
		made, err := os.MkdirTemp("", "emulation-")
		if err != nil {
			return fmt.Errorf("directory for ca.pem: %w", err)
		}
		r.scratch, dir = made, made
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("directory for ca.pem: %w", err)
	}
	path, err := filepath.Abs(filepath.Join(dir, "ca.pem"))
	if err != nil {
		return fmt.Errorf("path of ca.pem: %w", err)
	}
	r.Info.CAFile = path
	if err := os.WriteFile(path, pem, 0o644); err != nil { //nolint:gosec // a certificate is public
		return fmt.Errorf("write ca.pem: %w", err)
	}
	return nil
}

// start serves a door until the server is shut down.
func (r *Running) start(base context.Context, d *door, log *slog.Logger) {
	server := &http.Server{
		Handler: d.handler, ReadHeaderTimeout: 30 * time.Second,
		BaseContext: func(net.Listener) context.Context { return base },
		ErrorLog:    slog.NewLogLogger(log.With("server", d.name).Handler(), slog.LevelWarn),
		ConnState:   r.note,
	}
	r.servers = append(r.servers, server)
	r.running.Go(func() {
		if err := server.Serve(d.listener); !errors.Is(err, http.ErrServerClosed) {
			r.fail(fmt.Errorf("emulation: serve %s: %w", d.name, err))
		}
	})
}

// note remembers connections that clients opened in advance: a server that shuts down would wait for their first request.
func (r *Running) note(conn net.Conn, state http.ConnState) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if state == http.StateNew {
		r.unused[conn] = true
	} else {
		delete(r.unused, conn)
	}
}

func (r *Running) dropUnused() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for conn := range r.unused {
		_ = conn.Close()
	}
}

func (r *Running) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err = errors.Join(r.err, err)
}

// closeWithin is how long requests that run may take to end.
const closeWithin = 2 * time.Second

// Close stops listening, lets running requests end, and removes what Serve made. It may be called more than once; the first
// call's result is told by Wait too.
func (r *Running) Close() error {
	r.stopOnce.Do(func() {
		r.mu.Lock()
		detach := r.detach
		r.mu.Unlock()
		detach()
		r.cancel()
		r.dropUnused()
		ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
		defer cancel()
		for _, server := range r.servers {
			if err := server.Shutdown(ctx); err != nil {
				_ = server.Close() // a request that does not end is cut
			}
		}
		r.running.Wait()
		if r.scratch != "" {
			if err := os.RemoveAll(r.scratch); err != nil {
				r.fail(fmt.Errorf("emulation: remove directory of ca.pem: %w", err))
			}
		}
		close(r.done)
	})
	return r.Wait()
}

// Wait waits until Close, or the end of Serve's ctx, has closed everything. Its error is what went wrong while serving.
func (r *Running) Wait() error {
	<-r.done
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// discard undoes a start that failed.
func (r *Running) discard(doors []*door) {
	r.cancel()
	for _, d := range doors {
		if d.listener != nil {
			_ = d.listener.Close()
		}
	}
	if r.scratch != "" {
		_ = os.RemoveAll(r.scratch)
	}
}
