package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/app"
	"raynetsync/internal/config"
)

// server is the product, as an administrator runs it.
type server struct {
	*app.App
}

func open(ctx context.Context, settings config.Layers, version string) (*server, error) {
	opened, err := app.Open(ctx, app.Options{Layers: settings, Ballast: -1, Version: version})
	if err != nil {
		return nil, err
	}
	if opened.Incomplete != nil {
		return nil, errors.Join(opened.Incomplete, opened.Close())
	}
	return &server{opened}, nil
}

// sync synchronises once and adds why things were left out.
func (s *server) sync(ctx context.Context, options admin.SyncOptions) (admin.Cycle, error) {
	report, err := s.Sync(ctx, options)
	if err != nil {
		return admin.Cycle{}, err
	}
	cycle := report.Cycles[0]
	pairs, err := s.Store.Pairs(ctx, app.ConnectionName)
	if err != nil {
		return admin.Cycle{}, err
	}
	for _, p := range pairs {
		rules, err := s.Store.AsideCounts(ctx, p.ID)
		if err != nil {
			return admin.Cycle{}, err
		}
		for i, user := range cycle.Users {
			if user.User != p.Address || user.Kind != p.Kind || len(rules) == 0 {
				continue
			}
			cycle.Users[i].Skips = map[string]int{}
			for rule, count := range rules {
				cycle.Users[i].Skips[string(rule)] = count
			}
		}
	}
	return cycle, nil
}

// health answers /healthz until the server proper does.
type health struct {
	server *http.Server
	served chan error
}

// listenHealth finds an address and answers on it.
func listenHealth(ctx context.Context, address string) (*health, string, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, "", fmt.Errorf("listen on %s for /healthz: %w", address, err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(out http.ResponseWriter, _ *http.Request) {
		out.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(out, `{"status":"starting"}`+"\n")
	})
	h := &health{server: &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}, served: make(chan error, 1)}
	go func() { h.served <- h.server.Serve(listener) }()
	return h, listener.Addr().String(), nil
}

// close may be called more than once.
func (h *health) close() error {
	if h.server == nil {
		return nil
	}
	err := h.server.Close()
	if failed := <-h.served; !errors.Is(failed, http.ErrServerClosed) {
		err = errors.Join(err, failed)
	}
	h.server = nil
	return err
}
