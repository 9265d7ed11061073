package cli

import "raynetsync/internal/admin"

// quiet reports whether the last cycle of a report had nothing to do, nobody was mailed and nothing went wrong.
func quiet(report admin.Report) bool {
	mails := 0
	for _, cycle := range report.Cycles {
		mails += cycle.Mails
	}
	if len(report.Cycles) == 0 || mails > 0 {
		return false
	}
	last := report.Cycles[len(report.Cycles)-1]
	return last.Steps == (admin.Steps{}) && last.Waiting == 0 && len(last.Halted) == 0 && len(last.Errors) == 0
}
