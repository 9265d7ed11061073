package vouch

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/url"
	"regexp"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-json-experiment/json"
	"golang.org/x/oauth2"
)

// question is what has to be remembered, in the person's own session, between Ask and Answer.
type question struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
	Again    bool   `json:"again,omitzero"`
}

// Ask returns the address to send the person to, and what to keep in their session until they come back. again asks them to
// prove who they are even if they are signed in there. The error is a *Fault.
func (c *Client) Ask(ctx context.Context, again bool) (address, pending string, err error) {
	p, err := c.discover(ctx)
	if err != nil {
		return "", "", err
	}
	q := question{State: random(), Nonce: random(), Verifier: oauth2.GenerateVerifier(), Again: again}
	kept, err := json.Marshal(q)
	if err != nil {
		return "", "", fault(Stale, "%v", err)
	}
	prompt := "select_account"
	if again {
		prompt = "login"
	}
	return c.oauth(p).AuthCodeURL(q.State, oidc.Nonce(q.Nonce), oauth2.S256ChallengeOption(q.Verifier),
		oauth2.SetAuthURLParam("response_mode", "query"), oauth2.SetAuthURLParam("prompt", prompt)), string(kept), nil
}

// random returns 256 random bits as text.
func random() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // it never fails
	return base64.RawURLEncoding.EncodeToString(raw)
}

// claims are what is read of an ID token beside what package oidc checks.
type claims struct {
	Tenant string `json:"tid"`
	Object string `json:"oid"`
	Name   string `json:"preferred_username"`
}

// Answer takes the query with which the authority sent the person back, and what Ask gave to keep. It returns the person's
// object id and the name they sign in with. The error is a *Fault.
func (c *Client) Answer(ctx context.Context, pending string, query url.Values) (subject, name string, err error) {
	var q question
	if pending == "" || json.Unmarshal([]byte(pending), &q) != nil || q.State == "" || q.Nonce == "" ||
		subtle.ConstantTimeCompare([]byte(q.State), []byte(query.Get("state"))) != 1 {
		return "", "", fault(Stale, "the answer belongs to no question of this browser")
	}
	if code := query.Get("error"); code != "" {
		return "", "", refusedBy(code, query.Get("error_description"))
	}
	p, err := c.discover(ctx)
	if err != nil {
		return "", "", err
	}
	raw, err := c.redeem(ctx, p, query.Get("code"), q.Verifier)
	if err != nil {
		return "", "", err
	}
	token, err := p.Verifier(&oidc.Config{ClientID: c.ClientID, Now: c.Now}).Verify(oidc.ClientContext(ctx, c.http), raw)
	if err != nil {
		return "", "", fault(Untrusted, "%v", err)
	}
	var told claims
	if err := token.Claims(&told); err != nil {
		return "", "", fault(Untrusted, "the claims cannot be read: %v", err)
	}
	told.Object = strings.ToLower(told.Object)
	switch {
	case subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(q.Nonce)) != 1:
		return "", "", fault(Untrusted, "the token answers another question")
	case !strings.EqualFold(told.Tenant, p.tenant):
		return "", "", fault(Foreign, "the token is of the tenant %q", told.Tenant)
	case len(token.Audience) != 1:
		return "", "", fault(Untrusted, "the token is for %d applications", len(token.Audience))
	case !guid.MatchString(told.Object):
		return "", "", fault(Untrusted, "the token names no person")
	}
	return told.Object, told.Name, nil
}

// redeem exchanges the code for an ID token.
func (c *Client) redeem(ctx context.Context, p *provider, code, verifier string) (string, error) {
	if code == "" {
		return "", fault(Stale, "there is no code in the answer")
	}
	config := c.oauth(p)
	options := []oauth2.AuthCodeOption{oauth2.VerifierOption(verifier)}
	if c.assertion != nil {
		config.ClientSecret = ""
		assertion, err := c.assertion.sign(c.ClientID, config.Endpoint.TokenURL, c.Now())
		if err != nil {
			return "", fault(Refused, "the certificate cannot sign: %v", err)
		}
		options = append(options, oauth2.SetAuthURLParam("client_assertion", assertion),
			oauth2.SetAuthURLParam("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"))
	}
	token, err := config.Exchange(oidc.ClientContext(ctx, c.http), code, options...)
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		return "", refusedBy(refused.ErrorCode, refused.ErrorDescription)
	}
	if err != nil {
		return "", fault(Unreachable, "%s", withoutAddress(err))
	}
	raw, _ := token.Extra("id_token").(string)
	if raw == "" {
		return "", fault(Untrusted, "the authority gave no ID token")
	}
	return raw, nil
}

// withoutAddress is an error without the address that was asked.
func withoutAddress(err error) string {
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return failed.Err.Error()
	}
	return err.Error()
}

var (
	// aadsts is the number of an error of Entra.
	aadsts = regexp.MustCompile(`AADSTS\d+`)
	// plainCode is an error code of OAuth.
	plainCode = regexp.MustCompile(`^[a-z_]{1,40}$`)
)

// refusedBy turns an error of the authority into a fault. Of its description only the number is kept: the rest repeats what was sent.
func refusedBy(code, description string) error {
	number := aadsts.FindString(description)
	detail := number
	if detail == "" && plainCode.MatchString(code) {
		detail = code
	}
	switch code {
	case "access_denied", "consent_required", "interaction_required", "login_required":
		return fault(Declined, "%s", detail)
	case "invalid_grant":
		return fault(Stale, "%s", detail)
	case "server_error", "temporarily_unavailable":
		return fault(Unreachable, "%s", detail)
	}
	return fault(Refused, "%s", detail)
}
