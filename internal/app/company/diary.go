package company

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// diary fills one user's calendar on both sides.
type diary struct {
	*Company
	user  int
	rng   *rand.Rand
	days  []time.Time // midnights of the working days that are filled
	next  int         // the next free half hour in days
	times []int       // shuffled half hours, days × slotsPerDay
	taken map[string]bool
	own   int // what was entered so far
}

// An office day: eighteen half hours from 8:00.
const (
	slotsPerDay = 18
	firstHour   = 8
	daysBack    = 10
	daysAhead   = 150
)

func newDiary(c *Company, user int, rng *rand.Rand) *diary {
	d := &diary{Company: c, user: user, rng: rng, taken: map[string]bool{}}
	today := time.Date(c.now.Year(), c.now.Month(), c.now.Day(), 0, 0, 0, 0, c.location)
	for offset := -daysBack; offset <= daysAhead; offset++ {
		if day := today.AddDate(0, 0, offset); day.Weekday() != time.Saturday && day.Weekday() != time.Sunday {
			d.days = append(d.days, day)
		}
	}
	d.times = rng.Perm(len(d.days) * slotsPerDay)
	return d
}

// slot returns the next free half hour. A calendar fuller than that begins to overlap.
func (d *diary) slot() time.Time {
	at := d.times[d.next%len(d.times)]
	d.next++
	day := d.days[at/slotsPerDay]
	half := at % slotsPerDay
	return time.Date(day.Year(), day.Month(), day.Day(), firstHour+half/2, half%2*30, 0, 0, d.location)
}

// workday returns the first working day at or after so many days from today.
func (d *diary) workday(offset int) time.Time {
	day := time.Date(d.now.Year(), d.now.Month(), d.now.Day()+offset, 0, 0, 0, 0, d.location)
	for day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
		day = day.AddDate(0, 0, 1)
	}
	return day
}

func at(day time.Time, hour, minute int) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), hour, minute, 0, 0, day.Location())
}

// length is how long a meeting is: mostly an hour.
func (d *diary) length() time.Duration {
	return []time.Duration{30 * time.Minute, time.Hour, time.Hour, time.Hour, 90 * time.Minute, 2 * time.Hour}[d.rng.IntN(6)]
}

// unique makes sure that no two items of a calendar could be taken for each other.
func (d *diary) unique(title string, start time.Time) string {
	key := fmt.Sprint(title, start.Unix())
	for n := 2; d.taken[key]; n++ {
		key = fmt.Sprint(title, n, start.Unix())
		if !d.taken[key] {
			title = fmt.Sprintf("%s (%d)", title, n)
		}
	}
	d.taken[key] = true
	return title
}

// plain enters so many meetings that each take exactly one request on each side.
func (d *diary) plain(count int) {
	for i := range count {
		start := d.slot()
		if start.Before(d.now.AddDate(0, 0, 1)) {
			start = start.AddDate(0, 0, 210) // a whole number of weeks
		}
		d.Activities = append(d.Activities, Activity{Entity: "meeting", Owner: d.user, Client: -1, Fields: map[string]any{
			"title":         d.unique(fmt.Sprintf("Jednání č. %d", i+1), start),
			"priority":      "DEFAULT",
			"status":        "SCHEDULED",
			"scheduledFrom": d.raynetMoment(start),
			"scheduledTill": d.raynetMoment(start.Add(time.Hour)),
			"description":   "<p>Kontrola stavu zakázky.</p>",
		}})
	}
}

// fill enters the believable mixture: first one of everything worth seeing, as far as count reaches, then the daily round.
func (d *diary) fill(count int) {
	for _, special := range d.specials() {
		if d.own == count {
			return
		}
		special()
		d.own++
	}
	for ; d.own < count; d.own++ {
		switch n := d.rng.IntN(100); {
		case n < 40:
			d.meeting()
		case n < 55:
			d.call()
		case n < 75:
			d.occasion()
		case n < 85:
			d.appointment(false)
		case n < 92:
			d.appointment(true)
		case n < 97:
			d.private()
		default:
			d.invited()
		}
	}
}

// specials are what a visitor will look for, the rarest last.
func (d *diary) specials() []func() {
	return []func(){
		d.meeting, d.call, func() { d.appointment(true) }, d.private, d.invited, d.series, d.holiday, d.completed, d.cancelled,
		d.onBothSides, d.training, func() { d.appointment(false) }, d.distant, d.unscheduled,
	}
}
