package emulator_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"raynetsync/internal/remote/raynet/emulator"
)

// crowd is an emulator with n meetings, made one a minute.
func crowd(b *testing.B, n int) (*emulator.Server, *time.Time) {
	b.Helper()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s := emulator.New(emulator.Options{Now: func() time.Time { return now }, DailyLimit: 1 << 30})
	for i := range n {
		now = now.Add(time.Minute)
		if _, err := s.CreateAs("sync@example.cz", "meeting", map[string]any{
			"title": fmt.Sprintf("Schůzka %d", i), "scheduledFrom": "2026-03-06 09:00", "scheduledTill": "2026-03-06 10:00",
		}); err != nil {
			b.Fatal(err)
		}
	}
	return s, &now
}

func ask(b *testing.B, s *emulator.Server, path, query string) {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "http://raynet.example/api/v2/"+path+"?"+query, nil)
	if err != nil {
		b.Fatal(err)
	}
	login(req)
	resp, err := s.Transport().RoundTrip(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		b.Fatalf("%s?%s: %v %v", path, query, resp, err)
	}
	_ = resp.Body.Close()
}

// What a client asks again and again must not grow with what is stored.
func BenchmarkReads(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		s, now := crowd(b, n)
		since := now.Add(-2 * time.Minute).Format("2006-01-02T15:04:05.000-07:00")
		for name, asked := range map[string][2]string{
			"poll":   {"activity/", filter("rowInfo.lastModifiedAt[GE]", since, "limit", "1000")},
			"page":   {"meeting/", filter("id[GT]", fmt.Sprint(n/2), "sortColumn", "id", "limit", "100")},
			"detail": {fmt.Sprintf("meeting/%d/", n/2+20), "dateFormat=ISO8601"},
		} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					ask(b, s, asked[0], asked[1])
				}
			})
		}
	}
}
