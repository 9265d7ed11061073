package app

import (
	"context"
	"errors"
	"log/slog"
	"net/url"

	"raynetsync/internal/admin"
	"raynetsync/internal/config"
	"raynetsync/internal/remote/vouch"
	"raynetsync/internal/web"
)

// voucher lets people sign in with Microsoft. What goes wrong there is logged, and told to people in words.
type voucher struct {
	client   *vouch.Client
	redirect string
	log      *slog.Logger
}

// newVoucher returns nil if the settings switch signing in with Microsoft off.
func (a *App) newVoucher() (*voucher, error) {
	c := a.Config
	if c.Server.MicrosoftSignIn != config.On || c.Server.PublicURL == "" {
		return nil, nil
	}
	transport, err := transportOf(a.options.OutlookTransport, c.Microsoft.CAFile)
	if err != nil {
		return nil, err
	}
	redirect := c.Server.PublicURL + admin.MicrosoftAnswerPath
	client, err := vouch.New(vouch.Config{AuthorityURL: c.Microsoft.AuthorityURL, TenantID: c.Microsoft.TenantID, ClientID: c.Microsoft.ClientID,
		ClientSecret: c.Microsoft.ClientSecret.Reveal(), CertificateFile: c.Microsoft.CertificateFile, RedirectURL: redirect, Transport: transport, Now: a.now})
	if err != nil {
		return nil, err
	}
	return &voucher{client: client, redirect: redirect, log: a.log}, nil
}

// microsoft is what the page asks for: nil while it is off or the settings are incomplete.
func (s *server) microsoft() web.Microsoft {
	if v := s.current().voucher; v != nil {
		return v
	}
	return nil
}

// Ask implements web.Microsoft.
func (v *voucher) Ask(ctx context.Context, again bool) (address, pending string, err error) {
	address, pending, err = v.client.Ask(ctx, again)
	return address, pending, v.told(err)
}

// Answer implements web.Microsoft.
func (v *voucher) Answer(ctx context.Context, pending string, query url.Values) (subject, name string, err error) {
	subject, name, err = v.client.Answer(ctx, pending, query)
	return subject, name, v.told(err)
}

// told puts a fault into the words of the use-cases.
func (v *voucher) told(err error) error {
	fault, ok := errors.AsType[*vouch.Fault](err)
	if !ok {
		return err
	}
	v.log.Warn("signing in with Microsoft failed", "code", fault.Code, "detail", fault.Detail)
	args := map[string]any{"Number": "", "Redirect": v.redirect}
	if fault.Code == vouch.Refused {
		args["Number"] = fault.Detail
	}
	return &admin.Failure{Code: "microsoft-" + fault.Code, Args: args}
}
