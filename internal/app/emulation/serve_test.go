package emulation_test

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/go-json-experiment/json"

	"raynetsync/internal/app/emulation"
)

func TestInfoIsOneLineWithTheAgreedNames(t *testing.T) {
	t.Parallel()
	w := serve(t, emulation.Options{})
	line, err := json.Marshal(w.info)
	if err != nil {
		t.Fatal(err)
	}
	var names map[string]string
	if err := json.Unmarshal(line, &names); err != nil {
		t.Fatal(err)
	}
	want := []string{"raynet_url", "raynet_instance", "raynet_user", "raynet_api_key", "graph_url", "authority_url", "tenant_id",
		"client_id", "client_secret", "ca_file", "control_url"}
	for _, name := range want {
		if names[name] == "" {
			t.Errorf("%s is missing in %s", name, line)
		}
	}
	if len(names) != len(want) || strings.Contains(string(line), "\n") {
		t.Errorf("got %s, want exactly %v in one line", line, want)
	}
	if !strings.HasSuffix(w.info.RaynetURL, "/api/v2") || !strings.HasSuffix(w.info.GraphURL, "/v1.0") {
		t.Errorf("got %s and %s, want the forms of the settings, .../api/v2 and .../v1.0", w.info.RaynetURL, w.info.GraphURL)
	}
}

func TestAnyClientReadsAndWritesGraph(t *testing.T) {
	t.Parallel()
	w := serve(t, emulation.Options{})
	basic := base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(w.info.ClientID) + ":" + url.QueryEscape(w.info.ClientSecret)))
	inHeader := w.want(http.StatusOK, http.MethodPost, w.tokenURL(), "grant_type=client_credentials&scope="+
		url.QueryEscape("https://graph.microsoft.com/.default"), form, "Authorization: Basic "+basic)
	for name, token := range map[string]string{"form": w.token(), "Basic": text(inHeader.body["access_token"])} {
		bearer := "Authorization: Bearer " + token
		users := objects(w.want(http.StatusOK, http.MethodGet, w.info.GraphURL+"/users?$select=id,mail", nil, bearer).body["value"])
		if len(users) != 3 {
			t.Fatalf("secret in %s: got %d users, want 3", name, len(users))
		}
		mine := w.info.GraphURL + "/users/" + text(users[0]["id"])
		moment := func(at string) map[string]any { return map[string]any{"dateTime": at, "timeZone": "UTC"} }
		event := w.want(http.StatusCreated, http.MethodPost, mine+"/events", map[string]any{
			"subject": "Přes síť", "start": moment("2026-12-01T09:00:00"), "end": moment("2026-12-01T10:00:00"),
		}, bearer, `Prefer: IdType="ImmutableId"`).body
		if seen := deltaSubjects(w, mine, bearer); !slices.Contains(seen, "Přes síť") {
			t.Errorf("secret in %s: delta shows %v, not the event %v", name, seen, event["id"])
		}
	}
}

// deltaSubjects reads a first delta round to its end.
func deltaSubjects(w *world, mine, bearer string) []string {
	w.t.Helper()
	var subjects []string
	next := mine + "/calendarView/delta?startDateTime=2026-01-01T00:00:00Z&endDateTime=2027-12-31T00:00:00Z"
	for pages := 0; next != "" && pages < 100; pages++ {
		page := w.want(http.StatusOK, http.MethodGet, next, nil, bearer, "Prefer: odata.maxpagesize=100").body
		for _, event := range objects(page["value"]) {
			subjects = append(subjects, text(event["subject"]))
		}
		if next = text(page["@odata.nextLink"]); next == "" && text(page["@odata.deltaLink"]) == "" {
			w.t.Error("the round ends without a deltaLink")
		}
	}
	return subjects
}

func TestMicrosoftsOwnLibraryGetsAToken(t *testing.T) {
	t.Parallel()
	w := serve(t, emulation.Options{})
	cred, err := azidentity.NewClientSecretCredential(w.info.TenantID, w.info.ClientID, w.info.ClientSecret,
		&azidentity.ClientSecretCredentialOptions{
			ClientOptions: azcore.ClientOptions{
				Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: w.info.AuthorityURL}, Transport: w.web,
			},
			DisableInstanceDiscovery: true,
		})
	if err != nil {
		t.Fatal(err)
	}
	token, err := cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"https://graph.microsoft.com/.default"}})
	if err != nil {
		t.Fatal(err)
	}
	users := w.want(http.StatusOK, http.MethodGet, w.info.GraphURL+"/users", nil, "Authorization: Bearer "+token.Token)
	if n := len(objects(users.body["value"])); n != 3 {
		t.Errorf("got %d users with that token, want 3", n)
	}
}

func TestAnyClientReadsAndWritesRaynet(t *testing.T) {
	t.Parallel()
	w := serve(t, emulation.Options{})
	made := w.raynet(http.StatusCreated, http.MethodPut, "/meeting/", map[string]any{
		"title": "Přes síť", "priority": "DEFAULT", "owner": w.IDs.Users[0], "personal": true,
		"scheduledFrom": "2026-12-01T09:00:00.000+01:00", "scheduledTill": "2026-12-01T10:00:00.000+01:00",
	})
	if data, _ := made.body["data"].(map[string]any); data["id"] == nil {
		t.Errorf("got %s, want data.id", made.raw)
	}
	query := "?title[EQ]=" + url.QueryEscape("Přes síť")
	if rows := objects(w.raynet(http.StatusOK, http.MethodGet, "/meeting/"+query, nil).body["data"]); len(rows) != 1 {
		t.Errorf("got %d meetings of that title, want 1", len(rows))
	}
	if refused := w.send(http.MethodGet, w.info.RaynetURL+"/meeting/", nil); refused.status != http.StatusUnauthorized {
		t.Errorf("without a login: got %d, want 401", refused.status)
	}
}

func TestAddressesOfOtherMachinesAreRefused(t *testing.T) {
	t.Parallel()
	made, err := emulation.New(emulation.Options{Mailboxes: 1, Items: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, addr := range []string{"0.0.0.0:0", "[::]:0", ":0", "192.0.2.1:80", "emulator.example:80"} {
		if _, err := made.Serve(t.Context(), emulation.ServeOptions{ControlAddr: addr, Dir: t.TempDir()}); !errors.Is(err, emulation.ErrNotLoopback) {
			t.Errorf("%s: got %v, want ErrNotLoopback", addr, err)
		}
	}
	if _, err := made.Serve(t.Context(), emulation.ServeOptions{GraphAddr: "8080", Dir: t.TempDir()}); err == nil {
		t.Error("an address without a port was taken")
	}
	running, err := made.Serve(t.Context(), emulation.ServeOptions{RaynetAddr: "0.0.0.0:0", AllowRemote: true, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(running.Info.RaynetURL, "http://127.0.0.1:") {
		t.Errorf("got %s, want an address that a client here can use", running.Info.RaynetURL)
	}
	if err := running.Close(); err != nil {
		t.Error(err)
	}
}

func TestCloseLeavesNothing(t *testing.T) {
	t.Parallel()
	made, err := emulation.New(emulation.Options{Mailboxes: 1, Items: 1})
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	running, err := made.Serve(ctx, emulation.ServeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{World: made, t: t, info: running.Info, web: trusting(t, running.Info.CAFile)}
	w.control(http.StatusOK, http.MethodGet, "/healthz", nil)
	end()
	if err := running.Wait(); err != nil {
		t.Error(err)
	}
	if r := w.send(http.MethodGet, running.Info.ControlURL+"/healthz", nil); r.status != -1 {
		t.Errorf("after the end: got %d, want no connection", r.status)
	}
	if _, err := os.Stat(running.Info.CAFile); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory made for ca.pem is still there: %v", err)
	}
	if err := running.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

func TestTakenPortIsAnError(t *testing.T) {
	t.Parallel()
	w := serve(t, emulation.Options{Mailboxes: 1, Items: 1})
	taken := strings.TrimPrefix(w.info.ControlURL, "http://")
	if _, err := w.Serve(t.Context(), emulation.ServeOptions{ControlAddr: taken, Dir: t.TempDir()}); err == nil || !strings.Contains(err.Error(), "control") {
		t.Errorf("got %v, want an error that names the control listener", err)
	}
}
