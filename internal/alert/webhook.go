package alert

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
)

// WebhookWay is the name of the way by webhook.
const WebhookWay = "webhook"

// The headers of a signed message. The signature is "v1=" and the HMAC-SHA256 of timestamp, a full stop and the body, in
// hexadecimal digits; the timestamp is in seconds since 1970.
const (
	TimestampHeader = "X-Raynetsync-Timestamp"
	SignatureHeader = "X-Raynetsync-Signature"
)

const (
	webhookTimeout = 7 * time.Second
	webhookTries   = 2
)

// Webhook posts messages as JSON. Make it with NewWebhook; it is safe for concurrent use.
type Webhook struct {
	address *url.URL
	secret  string
	client  *http.Client
	now     func() time.Time
	words   Composer
}

// WebhookOptions are what a Webhook is made of; all but Roots and Timeout are needed.
type WebhookOptions struct {
	URL, Secret string
	Roots       *x509.CertPool // nil: the system's
	Timeout     time.Duration  // of one request; zero is seven seconds
	Now         func() time.Time
	Words       Composer
}

// NewWebhook returns a webhook. The error says that the address is none, and does not repeat it.
func NewWebhook(options WebhookOptions) (*Webhook, error) {
	address, err := url.Parse(options.URL)
	if err != nil || address.Host == "" {
		return nil, errors.New("the address of the webhook cannot be used")
	}
	timeout := cmp.Or(options.Timeout, webhookTimeout)
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: options.Roots},
		TLSHandshakeTimeout: timeout, ResponseHeaderTimeout: timeout, ForceAttemptHTTP2: true,
		DisableKeepAlives: true, // a message a day is no reason to keep a connection
	}
	return &Webhook{address: address, secret: options.Secret, now: options.Now, words: options.Words, client: &http.Client{
		Transport: transport, Timeout: timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Name returns WebhookWay.
func (w *Webhook) Name() string { return WebhookWay }

// Target returns the host that gets the messages. The rest of the address may hold a key.
func (w *Webhook) Target() string { return w.address.Host }

// payload is what is posted.
type payload struct {
	Version int `json:"version"`
	Message
	Language string `json:"language"`
	Subject  string `json:"subject"`
	Text     string `json:"text"`
}

// Send posts a message and returns nil if the answer's status is 2xx. What may pass (no connection, 429, 5xx) is tried once
// more at once; redirects are not followed. The error is an *Error.
func (w *Webhook) Send(ctx context.Context, message Message) error {
	words := w.words.Compose(message)
	body, err := json.Marshal(payload{Version: 1, Message: message, Language: w.words.Texts.Lang(), Subject: words.Subject, Text: words.Plain},
		json.Deterministic(true))
	if err != nil {
		return fmt.Errorf("write an alert as JSON: %w", err)
	}
	var failed *Error
	for range webhookTries {
		if failed = w.post(ctx, body); failed == nil {
			return nil
		}
		again := failed.Status == 0 || failed.Status == http.StatusTooManyRequests || failed.Status >= 500
		if !again || ctx.Err() != nil {
			break
		}
	}
	return failed
}

func (w *Webhook) post(ctx context.Context, body []byte) *Error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.address.String(), bytes.NewReader(body))
	if err != nil {
		return &Error{Way: WebhookWay, Host: w.address.Host, Code: FailedRefused}
	}
	timestamp := strconv.FormatInt(w.now().Unix(), 10)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "raynetsync")
	request.Header.Set(TimestampHeader, timestamp)
	request.Header.Set(SignatureHeader, Sign(w.secret, timestamp, body))
	response, err := w.client.Do(request)
	if err != nil {
		code := connectionCode(err)
		if code == "" {
			code = FailedUnreachable
		}
		if wrapped, ok := errors.AsType[*url.Error](err); ok {
			err = wrapped.Err // without the address
		}
		return &Error{Way: WebhookWay, Host: w.address.Host, Code: code, Detail: shortened(err.Error(), w.address.String(), w.secret)}
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<16)) // what it says is not ours to repeat
	code := ""
	switch {
	case response.StatusCode/100 == 2:
		return nil
	case response.StatusCode/100 == 3:
		code = FailedRedirect
	default:
		code = FailedStatus
	}
	return &Error{Way: WebhookWay, Host: w.address.Host, Code: code, Status: response.StatusCode}
}

// Sign returns the value of SignatureHeader, for whoever sends and whoever checks.
func Sign(secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}
