package demo

import (
	"context"

	"raynetsync/internal/admin"
	"raynetsync/internal/app/emulation"
)

func (d *demo) introduce(emulation.Info) {}

// first synchronises everything, then once more, which must find nothing to do.
func (d *demo) first(ctx context.Context) error {
	for range 2 {
		report, err := d.server.sync(ctx, admin.SyncOptions{Sweep: true})
		if err != nil {
			return err
		}
		d.report.Cycles = append(d.report.Cycles, report.Cycles...)
	}
	return nil
}

func (d *demo) live(ctx context.Context) error { <-ctx.Done(); return nil }
