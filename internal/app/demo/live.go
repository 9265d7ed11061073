package demo

import (
	"context"
	"iter"
	"math/rand/v2"
	"time"

	"raynetsync/internal/app/company"
	"raynetsync/internal/cli/screen"
)

// scene is something that somebody does, and what should be seen of it on the other side.
type scene struct {
	// said is the line that tells what was done.
	said string
	// arrived looks whether it came through; what it says is told then.
	arrived func() (told string, ok bool)
	// after is the least time before it is looked: where the point is that nothing happens.
	after time.Duration
}

const (
	lookEvery = 100 * time.Millisecond
	patience  = 45 * time.Second
	// specialEvery is after how many ordinary edits something unusual happens.
	specialEvery = 3
)

// tally is what the summary at the end tells.
type tally struct {
	done, arrived int
	total, most   time.Duration
}

// live lets the company's people work, one edit after another, until ctx ends.
func (d *demo) live(ctx context.Context) error {
	d.Screen.Line(screen.Title(d.t("live", nil)), screen.Dim(d.t("live.end", nil)))
	serving, stop := context.WithCancel(ctx)
	running := make(chan error, 1)
	go func() { running <- d.server.run(serving) }()
	edits, end := iter.Pull(d.world.Company.Edits(rand.New(rand.NewPCG(d.Seed, 0x11fe))))
	defer end()
	sum := tally{}
	for n := 0; (d.Edits == 0 || sum.done < d.Edits) && wait(ctx, d.Pace); n++ {
		s, ok := d.scene(n, edits)
		if !ok {
			continue
		}
		sum.done++
		d.play(ctx, s, &sum)
	}
	stop()
	err := <-running
	d.goodbye(sum)
	return err
}

// scene makes the next scene happen: mostly an ordinary edit, now and then something unusual.
func (d *demo) scene(n int, edits func() (company.Edit, bool)) (scene, bool) {
	special := d.specials()
	if n%specialEvery == specialEvery-1 {
		if s, ok := special[n/specialEvery%len(special)](n); ok {
			return s, true
		}
	}
	for range 20 {
		edit, ok := edits()
		if !ok {
			return scene{}, false
		}
		if s, ok := d.ordinary(edit); ok {
			return s, true
		}
	}
	return scene{}, false
}

// play tells a scene and waits until it came through.
func (d *demo) play(ctx context.Context, s scene, sum *tally) {
	began := time.Now()
	d.Screen.Wrapped(10, screen.Dim(pad(began.In(d.zone).Format("15:04:05"), 10)), s.said)
	for wait(ctx, lookEvery) {
		took := time.Since(began)
		told, ok := "", false
		if took >= s.after {
			told, ok = s.arrived()
		}
		switch {
		case ok:
			sum.arrived++
			sum.total, sum.most = sum.total+took, max(sum.most, took)
			d.over(screen.Good("→"), told+screen.Dim(" · "+d.t("took", args{"Time": d.Texts.Duration(took)})))
			return
		case took > patience:
			d.over(screen.Bad("✗"), d.t("late", args{"Time": d.Texts.Duration(took)}))
			return
		}
		d.Screen.Redraw([]string{"        " + screen.Dim("… "+d.Texts.Duration(took.Truncate(lookEvery)))})
	}
}

// over writes the outcome in place of the moving line.
func (d *demo) over(mark, text string) {
	if d.Screen.Live() {
		d.Screen.Erase()
	}
	d.Screen.Wrapped(10, "        "+mark, text)
}

// goodbye sums up.
func (d *demo) goodbye(sum tally) {
	d.Screen.Erase()
	d.Screen.Blank()
	if sum.done == 0 {
		d.Screen.Line(d.t("end.none", nil), d.mails())
		return
	}
	average := time.Duration(0)
	if sum.arrived > 0 {
		average = sum.total / time.Duration(sum.arrived)
	}
	d.Screen.Line(screen.Title(d.t("end", nil)), d.t("end.sum", args{"Done": d.Texts.N("count.changes", sum.done, nil),
		"Arrived": d.Texts.Number(int64(sum.arrived)), "Average": d.Texts.Duration(average), "Most": d.Texts.Duration(sum.most)}))
	d.Screen.Line(d.mails())
}

// wait lets time pass; it reports false when ctx ended before.
func wait(ctx context.Context, duration time.Duration) bool {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
