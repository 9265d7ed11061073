// Package jobs says when things run: polls of the connections, cycles of the pairs, sweeps, reconciles and clean-ups, as jobs
// of the River engine on the application's own database, and how one such run is done (Connection).
//
// It refuses to know what a cycle does with what it reads. Start reading at Connection; the schedules are in river.go.
package jobs
