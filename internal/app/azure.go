package app

import (
	"log/slog"
	"net/http"
	"time"

	"raynetsync/internal/admin"
)

// AzureOptions say where Microsoft's services are. Empty members are the global cloud and the system's authorities.
type AzureOptions struct {
	GraphURL, AuthorityURL string
	// CAFile is a PEM file of further certificate authorities to trust.
	CAFile string
	// Transport replaces the network; nil is the network.
	Transport http.RoundTripper
	Log       *slog.Logger
}

// Azure returns the use-case that registers the application. It needs no other setting.
func Azure(o AzureOptions) (*admin.Azure, error) {
	transport, err := transportOf(o.Transport, o.CAFile)
	if err != nil {
		return nil, err
	}
	return &admin.Azure{GraphURL: o.GraphURL, AuthorityURL: o.AuthorityURL, Transport: transport, Now: time.Now, Log: o.Log}, nil
}
