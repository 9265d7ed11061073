package stage_test

import (
	"net"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/app/stage"
)

func TestClockMovesWhenTold(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 10, 20, 7, 0, 0, 0, time.UTC)
	clock := stage.NewClock(begin)
	clock.Advance(time.Minute)
	clock.Advance(-time.Second)
	if got, want := clock.Now(), begin.Add(59*time.Second); !got.Equal(want) {
		t.Errorf("Now = %v, want %v", got, want)
	}
}

func TestReaders(t *testing.T) {
	t.Parallel()
	object := map[string]any{"a": 1}
	type read struct {
		Text   string
		Number int64
		Object map[string]any
		List   []any
		Texts  []string
	}
	for name, test := range map[string]struct {
		v    any
		want read
	}{
		"nothing":       {nil, read{}},
		"text":          {"7", read{Text: "7"}},
		"int64":         {int64(7), read{Number: 7}},
		"int":           {7, read{Number: 7}},
		"float64":       {7.9, read{Number: 7}},
		"object":        {object, read{Object: object}},
		"list":          {[]any{"a", 1}, read{List: []any{"a", 1}, Texts: []string{"a", ""}}},
		"empty list":    {[]any{}, read{List: []any{}}},
		"empty texts":   {[]string{}, read{List: []any{}}},
		"list of texts": {[]string{"a", "b"}, read{List: []any{"a", "b"}, Texts: []string{"a", "b"}}},
		"objects":       {[]map[string]any{object}, read{List: []any{object}, Texts: []string{""}}},
	} {
		got := read{stage.Text(test.v), stage.Number(test.v), stage.Object(test.v), stage.List(test.v), stage.Texts(test.v)}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	mine := []any{"a"}
	stage.List(mine)[0] = "b"
	if mine[0] != "a" {
		t.Error("List handed out the list itself")
	}
}

// An address can be listened on, and is none that the system gives to connections.
func TestFreeAddress(t *testing.T) {
	t.Parallel()
	address, err := stage.FreeAddress(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if port := listener.Addr().(*net.TCPAddr).Port; port >= 32768 {
		t.Errorf("port %d is one that connections get", port)
	}
}
