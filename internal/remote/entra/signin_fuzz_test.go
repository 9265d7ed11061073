package entra_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"raynetsync/internal/remote"
	"raynetsync/internal/remote/entra"
)

// spoken answers every request to the login service with the next of its texts, the last one for ever.
type spoken struct {
	status int
	texts  []string
}

func (s *spoken) RoundTrip(r *http.Request) (*http.Response, error) {
	text := s.texts[0]
	if len(s.texts) > 1 {
		s.texts = s.texts[1:]
	}
	return &http.Response{StatusCode: s.status, Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: int64(len(text)),
		Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
}

// Whatever the login service answers to the question for a device code and to that for its token: a code has an address with
// https, an end and a wait between two tries that is neither nothing nor for ever; everything else is a typed error.
func FuzzDeviceCode(f *testing.F) {
	const code = `{"user_code":"ABCD-EFGH","device_code":"fake-device-code","verification_uri":"https://login.example/device","expires_in":900,"interval":5}`
	token := `{"access_token":"fake-access-token","id_token":"x.eyJ0aWQiOiIxIiwicHJlZmVycmVkX3VzZXJuYW1lIjoiYUBiLmV4YW1wbGUifQ.y"}`
	for _, seed := range []struct {
		status       uint16
		first, later string
	}{
		{200, code, token}, {200, code, `{"access_token":""}`}, {200, code, `{"access_token":"fake-access-token","id_token":"x.?.y"}`}, {200, `{}`, `[]`},
		{200, strings.Replace(code, "https:", "http:", 1), token}, {200, strings.Replace(code, `"interval":5`, `"interval":-1`, 1), token},
		{200, strings.Replace(code, "900", "9223372036854775807", 1), token}, {200, strings.Replace(code, `"interval":5`, `"interval":10000000000`, 1), token},
		{200, strings.Replace(code, "900", "-1", 1), token},
		{400, `{"error":"authorization_pending"}`, `{"error":"slow_down"}`}, {400, `{"error":"invalid_grant","error_description":"AADSTS70000: x Trace ID: y"}`, `{"error":7}`},
		{503, `<html>`, ``}, {302, `{}`, `{}`},
	} {
		f.Add(seed.status, seed.first, seed.later)
	}
	transport := &spoken{}
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	client, err := entra.New(entra.Config{Transport: transport, Now: func() time.Time { return now }, Retries: -1})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, status uint16, first, later string) {
		transport.status, transport.texts = 200+(int(status)+200)%400, []string{first, later}
		device, err := client.Device(t.Context(), "")
		if err != nil {
			typed(t, first, err)
			if device != (entra.Device{}) {
				t.Errorf("%q: %+v beside %v", first, device, err)
			}
			return
		}
		if device.UserCode == "" || !strings.HasPrefix(device.URL, "https://") || device.Interval <= 0 || device.Interval > time.Hour ||
			device.Expires.Before(now) || device.Expires.After(now.Add(24*time.Hour)) {
			t.Errorf("%q: %+v", first, device)
		}
		client.SignOut()
		person, err := client.Redeem(t.Context(), device)
		if err == nil {
			return
		}
		if person != (entra.Person{}) {
			t.Errorf("%q: %+v beside %v", later, person, err)
		}
		for _, known := range []error{entra.ErrPending, entra.ErrSlowDown, entra.ErrDeclined, entra.ErrExpired} {
			if errors.Is(err, known) {
				return
			}
		}
		typed(t, later, err)
	})
}

// typed reports an error that is not a remote one, or shows the whole of a secret.
func typed(t *testing.T, answer string, err error) {
	t.Helper()
	failed, ok := errors.AsType[*remote.Error](err)
	if !ok || failed.Kind == "" || failed.Doing == "" || len(failed.Text) > 400 {
		t.Errorf("%q: %T %v", answer, err, err)
	}
	for _, secret := range []string{"fake-device-code", "fake-access-token"} {
		if strings.Contains(answer, `"`+secret) && strings.Contains(err.Error(), secret) {
			t.Errorf("the error shows a secret: %v", err)
		}
	}
}
