package emulation_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"raynetsync/internal/app/emulation"
)

// world is a served world and a client that knows of it only what Info says.
type world struct {
	*emulation.World
	t    testing.TB
	info emulation.Info
	web  *http.Client
}

func serve(t testing.TB, opts emulation.Options) *world {
	t.Helper()
	if opts.Items == 0 {
		opts.Items = 20
	}
	if opts.Seed == 0 {
		opts.Seed = 7
	}
	made, err := emulation.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	running, err := made.Serve(t.Context(), emulation.ServeOptions{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := running.Close(); err != nil {
			t.Error(err)
		}
	})
	return &world{World: made, t: t, info: running.Info, web: trusting(t, running.Info.CAFile)}
}

// trusting is a client that trusts a CA file and nothing else.
func trusting(t testing.TB, file string) *http.Client {
	t.Helper()
	pem, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		t.Fatalf("%s holds no certificate", file)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// reply is a response, read.
type reply struct {
	status int
	header http.Header
	raw    string
	body   map[string]any
	list   []map[string]any // when the body is an array
}

// send makes one request; a body that is no string is sent as JSON; headers are "Name: value".
func (w *world) send(method, target string, body any, headers ...string) reply {
	w.t.Helper()
	var sent io.Reader
	switch body := body.(type) {
	case nil:
	case string:
		sent = strings.NewReader(body)
	default:
		data, err := json.Marshal(body)
		if err != nil {
			w.t.Fatal(err)
		}
		sent = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), method, target, sent)
	if err != nil {
		w.t.Fatal(err)
	}
	if sent != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		req.Header.Set(name, value)
	}
	resp, err := w.web.Do(req)
	if err != nil {
		return reply{status: -1, raw: err.Error()}
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return reply{status: -1, raw: err.Error()}
	}
	out := reply{status: resp.StatusCode, header: resp.Header, raw: string(data)}
	if strings.HasPrefix(out.raw, "[") {
		err = json.Unmarshal(data, &out.list)
	} else if len(data) > 0 {
		err = json.Unmarshal(data, &out.body)
	}
	if err != nil {
		w.t.Fatalf("%s %s: %v in %s", method, target, err, data)
	}
	return out
}

// want is send with a status.
func (w *world) want(status int, method, target string, body any, headers ...string) reply {
	w.t.Helper()
	out := w.send(method, target, body, headers...)
	if out.status != status {
		w.t.Fatalf("%s %s: got %d %s, want %d", method, target, out.status, out.raw, status)
	}
	return out
}

// control makes a request to the control endpoint.
func (w *world) control(status int, method, path string, body any) reply {
	w.t.Helper()
	return w.want(status, method, w.info.ControlURL+path, body)
}

// raynet makes a request to RAYNET's API.
func (w *world) raynet(status int, method, path string, body any) reply {
	w.t.Helper()
	req, _ := http.NewRequest(method, w.info.RaynetURL, nil)
	req.SetBasicAuth(w.info.RaynetUser, w.info.RaynetAPIKey)
	return w.want(status, method, w.info.RaynetURL+path, body, "Authorization: "+req.Header.Get("Authorization"),
		"X-Instance-Name: "+w.info.RaynetInstance)
}

func (w *world) tokenURL() string {
	return w.info.AuthorityURL + "/" + w.info.TenantID + "/oauth2/v2.0/token"
}

const form = "Content-Type: application/x-www-form-urlencoded"

// token gets an access token with the secret in the form.
func (w *world) token() string {
	w.t.Helper()
	r := w.want(http.StatusOK, http.MethodPost, w.tokenURL(), url.Values{
		"grant_type": {"client_credentials"}, "scope": {"https://graph.microsoft.com/.default"},
		"client_id": {w.info.ClientID}, "client_secret": {w.info.ClientSecret},
	}.Encode(), form)
	return text(r.body["access_token"])
}

func text(v any) string { s, _ := v.(string); return s }

func objects(v any) []map[string]any {
	items, _ := v.([]any)
	var out []map[string]any
	for _, item := range items {
		if object, ok := item.(map[string]any); ok {
			out = append(out, object)
		}
	}
	return out
}

func code(r reply) string {
	e, _ := r.body["error"].(map[string]any)
	return text(e["code"])
}
