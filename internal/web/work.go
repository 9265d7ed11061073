package web

import (
	"context"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/record"
)

// doing is what a work does.
type doing = func(ctx context.Context, tell func(user string, kind record.Kind, done, all int)) (any, error)

// own is the name of works that each account has for itself.
func (v *visit) own(kind string) string { return kind + "/" + v.account.Name }

// launch begins a work and waits a moment for it, so that what is quick shows its result at once. What goes wrong in it and
// nobody can act on is told in the log.
func (v *visit) launch(kind string, do doing) error {
	site, who := *v, v.account.Name
	_, err := v.Works.Begin(kind, who, func(ctx context.Context, tell func(string, record.Kind, int, int)) (any, error) {
		result, err := do(ctx, tell)
		if _, known := site.words(err); err != nil && !known && ctx.Err() == nil {
			site.Log.Error("a work failed", "work", kind, "err", err)
		}
		return result, err
	})
	if err != nil {
		return err
	}
	for range patience {
		if work, ok := v.Works.Latest(kind); !ok || !work.Running() {
			return nil
		}
		select {
		case <-v.in.Context().Done():
			return nil
		case <-time.After(moment):
		}
	}
	return nil
}

// A page waits for a work so many moments before it shows the progress instead.
const (
	patience = 30
	moment   = 100 * time.Millisecond
)

// workEvery is after how many seconds a page that shows a work is loaded again.
const workEvery = 2

// workView is how far a work is.
type workView struct {
	Running        bool
	By             string
	Started, Ended time.Time
	Bars           []barView
	Finished, More int // users who are ready, and users who are not shown
	Problem        string
}

// barView is how far one user is.
type barView struct {
	User, Kind string
	Done, All  int
}

// shownBars is how many users under way are shown.
const shownBars = 30

// workView puts a work into words; nil if there was none.
func (v *visit) workView(work admin.Work, ok bool) *workView {
	if !ok {
		return nil
	}
	out := &workView{Running: work.Running(), By: work.By, Started: work.Started, Ended: work.Ended}
	if work.Err != nil {
		words, known := v.words(work.Err)
		if !known {
			words = v.t("web.internal", nil)
		}
		out.Problem = words
	}
	for _, p := range work.Progress {
		switch {
		case p.Done >= p.All:
			out.Finished++
		case len(out.Bars) == shownBars:
			out.More++
		default:
			out.Bars = append(out.Bars, barView{User: p.User, Kind: v.t("kind."+string(p.Kind), nil), Done: p.Done, All: max(p.All, 1)})
		}
	}
	return out
}

// every is when a page that shows a work is loaded again: not at all once it is over.
func (w *workView) every() int {
	if w != nil && w.Running {
		return workEvery
	}
	return 0
}
