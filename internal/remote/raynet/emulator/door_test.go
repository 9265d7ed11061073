package emulator_test

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"raynetsync/internal/remote/raynet/emulator"
)

func (w *world) as(dress func(*http.Request)) answer {
	w.t.Helper()
	out, err := w.try("GET", "securityLevel/", "", nil, dress)
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

func badKey(r *http.Request) { r.SetBasicAuth("sync@example.cz", "wrong") }

func TestThreeFormsOfLoginOpenTheDoor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{})
	token, _ := w.want(http.StatusOK, "GET", "security/bearertoken", "", nil).body["token"].(string)
	id, _ := w.want(http.StatusOK, "GET", "security/info", "", nil).body["X-Instance-Id"].(string)
	tests := []struct {
		name       string
		dress      func(*http.Request)
		wantStatus int
	}{
		{"name", func(*http.Request) {}, 200},
		{"user in other case", func(r *http.Request) { r.SetBasicAuth("Sync@Example.cz", "fake-raynet-api-key") }, 200},
		{"id", func(r *http.Request) { r.Header.Del("X-Instance-Name"); r.Header.Set("X-Instance-Id", id) }, 200},
		{"bearer", func(r *http.Request) {
			r.Header = http.Header{"Authorization": {"Bearer " + token}}
		}, 200},
		{"wrong key", badKey, 401},
		{"wrong instance", func(r *http.Request) { r.Header.Set("X-Instance-Name", "other") }, 401},
		{"no instance", func(r *http.Request) { r.Header.Del("X-Instance-Name") }, 401},
		{"wrong bearer", func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }, 401},
		{"nothing", func(r *http.Request) { r.Header = http.Header{} }, 401},
	}
	for _, test := range tests {
		got := w.as(test.dress)
		if got.status != test.wantStatus {
			t.Errorf("%s: got %d, want %d", test.name, got.status, test.wantStatus)
		}
		if message := got.body["message"]; test.wantStatus == 401 && message != "Unauthorized" {
			t.Errorf("%s: got message %v", test.name, message)
		}
	}
}

func TestMoreThanTwentyBadLoginsBlockTheAddressForAnHour(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{})
	for i := range 20 {
		if got := w.as(badKey); got.status != 401 {
			t.Fatalf("bad login %d: got %d, want 401", i+1, got.status)
		}
	}
	if got := w.as(nil); got.status != 200 {
		t.Errorf("good login after twenty bad ones: got %d, want 200", got.status)
	}
	w.as(badKey)
	if got := w.as(nil); got.status != 403 {
		t.Errorf("good login after the twenty-first: got %d, want 403", got.status)
	}
	w.pass(59 * time.Minute)
	if got := w.as(nil); got.status != 403 {
		t.Errorf("59 minutes later: got %d, want 403", got.status)
	}
	w.pass(time.Minute)
	if got := w.as(nil); got.status != 200 {
		t.Errorf("an hour later: got %d, want 200", got.status)
	}
}

func TestTheQuotaEndsAndBeginsAgainAtMidnightUTC(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{DailyLimit: 3})
	for _, want := range []string{"2", "1", "0"} {
		got := w.as(nil)
		if left := got.header.Get("X-Ratelimit-Remaining"); got.status != 200 || left != want {
			t.Errorf("got %d with %s left, want 200 with %s left", got.status, left, want)
		}
	}
	got := w.as(nil)
	if got.status != 429 || got.body["type"] != "RequestLimitReached" || got.header.Get("Retry-After") != "" {
		t.Errorf("over the quota: got %d %s", got.status, got.raw)
	}
	midnight := time.Date(2026, 3, 6, 0, 0, 0, 0, time.UTC)
	if reset := got.header.Get("X-Ratelimit-Reset"); reset != strconv.FormatInt(midnight.Unix(), 10) {
		t.Errorf("reset: got %s, want %d", reset, midnight.Unix())
	}
	if date := got.header.Get("Date"); date != "Thu, 05 Mar 2026 08:30:45 GMT" {
		t.Errorf("Date: got %q, want the emulator's clock", date)
	}
	w.pass(midnight.Sub(w.clock()))
	if got := w.as(nil); got.status != 200 {
		t.Errorf("after midnight: got %d, want 200", got.status)
	}
}

func TestOtherIntegrationsSpendTheQuotaToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{DailyLimit: 10})
	w.server.SpendQuota(9)
	if got := w.as(nil); got.status != 200 {
		t.Errorf("tenth: got %d, want 200", got.status)
	}
	if got := w.as(nil); got.status != 429 {
		t.Errorf("eleventh: got %d, want 429", got.status)
	}
}

func TestTheFifthConnectionIsTurnedAway(t *testing.T) {
	t.Parallel()
	arrived, leave := make(chan struct{}), make(chan struct{})
	w := newWorld(t, emulator.Options{Sleep: func(context.Context, time.Duration) {
		arrived <- struct{}{}
		<-leave
	}})
	w.server.Layer().SetLatency(time.Second)
	statuses := make(chan int, 4)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() { statuses <- w.as(nil).status })
		<-arrived
	}
	fifth := make(chan int, 1)
	all.Go(func() { fifth <- w.as(nil).status })
	<-arrived
	close(leave)
	all.Wait()
	if got := <-fifth; got != 429 {
		t.Errorf("fifth: got %d, want 429", got)
	}
	for range 4 {
		if got := <-statuses; got != 200 {
			t.Errorf("one of the first four: got %d, want 200", got)
		}
	}
}
