package demo

import (
	"cmp"
	"context"
	"iter"
	"math/rand/v2"
	"slices"
	"time"

	"raynetsync/internal/app"
	"raynetsync/internal/app/company"
	"raynetsync/internal/cli/screen"
)

// scene is something that somebody does, and what should be seen of it on the other side.
type scene struct {
	// said is the line that tells what was done, title what it was done to.
	said, title string
	// arrived looks whether it came through; what it says is told then.
	arrived func() (told string, ok bool)
	// after is the least time before it is looked: where the point is that nothing happens.
	after time.Duration

	began time.Time
}

const (
	lookEvery = 100 * time.Millisecond
	// attention is how long the story waits for one scene before it goes on; what arrives later is told then.
	attention = 12 * time.Second
	patience  = 2 * time.Minute
	// specialEvery is after how many ordinary edits something unusual happens.
	specialEvery = 3
)

// show is the story as far as it was told.
type show struct {
	*demo
	open []scene // not arrived yet, the oldest first

	done, arrived int
	total, most   time.Duration
}

// live lets the company's people work, one edit after another, until ctx ends.
func (d *demo) live(ctx context.Context) error {
	d.Screen.Line(screen.Title(d.t("live", nil)), screen.Dim(d.t("live.end", nil)))
	serving, stop := context.WithCancel(ctx)
	defer stop()
	if err := d.health.close(); err != nil {
		return err
	}
	running, ready := make(chan error, 1), make(chan string, 1)
	go func() {
		running <- d.server.Serve(serving, app.ServeOptions{Ready: func(url, start string) { ready <- cmp.Or(start, url) }})
		stop()
	}()
	select {
	case link := <-ready:
		d.Screen.Wrapped(2, "", d.t("page", args{"URL": link}))
	case <-serving.Done():
	}
	edits, end := iter.Pull(d.world.Company.Edits(rand.New(rand.NewPCG(d.Seed, 0x11fe))))
	defer end()
	s := &show{demo: d}
	for n := 0; (d.Edits == 0 || s.done < d.Edits) && s.watch(serving, d.Pace, false); n++ {
		next, ok := d.scene(n, edits)
		if !ok {
			continue
		}
		next.began = time.Now()
		d.Screen.Wrapped(10, screen.Dim(next.began.In(d.zone).Format("15:04:05")), next.said)
		s.done++
		s.open = append(s.open, next)
		s.watch(serving, attention, true)
	}
	for len(s.open) > 0 && d.Edits > 0 && s.watch(serving, patience, true) { // everything is told before the end
	}
	stop()
	err := <-running
	s.goodbye()
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

// watch looks at what is open for so long, or, if asked to, until the newest scene has arrived. It reports false when ctx ended.
func (s *show) watch(ctx context.Context, duration time.Duration, newest bool) bool {
	for end := time.Now().Add(duration); time.Now().Before(end); {
		if !wait(ctx, min(lookEvery, max(time.Until(end), time.Millisecond))) {
			return false
		}
		last := len(s.open) - 1
		waiting := last >= 0 && newest
		for i := len(s.open) - 1; i >= 0; i-- {
			if s.look(s.open[i], newest && i == last) {
				s.open = slices.Delete(s.open, i, i+1)
				waiting = waiting && i != last
			}
		}
		switch {
		case newest && !waiting:
			return true
		case newest:
			s.Screen.Redraw([]string{"        " + screen.Dim("… "+s.Texts.Duration(time.Since(s.open[len(s.open)-1].began).Truncate(lookEvery)))})
		}
	}
	s.Screen.Erase()
	return true
}

// look tells of a scene that came through, or will not any more; beside says that its own line was just told.
func (s *show) look(of scene, beside bool) (over bool) {
	took := time.Since(of.began)
	told, ok := "", false
	if took >= of.after {
		told, ok = of.arrived()
	}
	if !ok && took <= patience {
		return false
	}
	mark := screen.Good("→")
	if ok {
		s.arrived++
		s.total, s.most = s.total+took, max(s.most, took)
		told += screen.Dim(" · " + s.t("took", args{"Time": s.Texts.Duration(took)}))
	} else {
		mark, told = screen.Bad("✗"), s.t("late", args{"Time": s.Texts.Duration(took)})
	}
	if !beside && of.title != "" {
		told = s.t("about-title", args{"Title": of.title}) + " " + told
	}
	s.over(mark, told)
	return true
}

// over writes the outcome in place of the moving line.
func (d *demo) over(mark, text string) {
	if d.Screen.Live() {
		d.Screen.Erase()
	}
	d.Screen.Wrapped(10, "        "+mark, text)
}

// goodbye sums up.
func (s *show) goodbye() {
	s.Screen.Erase()
	s.Screen.Blank()
	if s.done == 0 {
		s.Screen.Line(s.t("end", nil), s.mails())
		return
	}
	average := time.Duration(0)
	if s.arrived > 0 {
		average = s.total / time.Duration(s.arrived)
	}
	s.Screen.Line(screen.Title(s.t("end", nil)), s.t("end.sum", args{"Done": s.Texts.N("count.changes", s.done, nil),
		"Arrived": s.Texts.Number(int64(s.arrived)), "Average": s.Texts.Duration(average), "Most": s.Texts.Duration(s.most)}))
	s.Screen.Line(s.mails())
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
