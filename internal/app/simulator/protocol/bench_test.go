package protocol_test

import (
	"testing"

	"raynetsync/internal/app/simulator/protocol"
)

// BenchmarkHistories tells what one history costs, among those with two deviations.
func BenchmarkHistories(b *testing.B) {
	b.ReportAllocs()
	histories := 0
	for b.Loop() {
		report, err := protocol.Run(b.Context(), protocol.Options{Depth: 2, Points: 20, Workers: 1, Scenarios: []string{"calendar: create in", "tasks: update", "contacts: clash"}}, nil)
		if err != nil {
			b.Fatal(err)
		}
		histories += report.Total.Histories
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(histories), "ns/history")
	b.ReportMetric(float64(histories)/b.Elapsed().Seconds(), "histories/s")
}
