package scenario

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"raynetsync/internal/app/reaper"
	"raynetsync/internal/app/stage"
	"raynetsync/internal/record"
	raynetemu "raynetsync/internal/remote/raynet/emulator"
)

// Killing is a story in which the process is killed once.
type Killing struct {
	// At is the point at which it is killed, counted from 0; negative: never.
	At int
	// RefuseExtID says that RAYNET takes external ids in a second call only.
	RefuseExtID bool
	// Kind is what the story is about.
	Kind record.Kind
	// Deciding says that the story is about a person who decides what waits for one. Whoever finds that it waits still, decides again.
	Deciding bool
	// Dir is an empty folder for the database.
	Dir string
	// Empty is a database that EmptyDatabase made, to begin with a copy of it; empty makes one.
	Empty string
}

// EmptyDatabase makes a database without content: making one takes longer than copying it.
func EmptyDatabase(ctx context.Context, dir string) (path string, err error) {
	w := newWorld(ctx, dir)
	if err := w.start(); err != nil {
		return "", err
	}
	return w.database(), w.stop()
}

// Killed is what came of it.
type Killed struct {
	// Struck says that the process was killed: the story had that many points.
	Struck bool
	// Points is how many points there were until the end, or until the process was killed.
	Points int
	// World describes both services at the end, line by line.
	World []string
	// Trace tells what happened.
	Trace []string
}

// Kill lives a compact story (something is made on each side, changed each way, changed on both sides, deleted on each side),
// kills the process at one point of its I/O, starts it again on the database as it lies there, and lets it come to rest. What
// must never happen is an error.
func Kill(ctx context.Context, k Killing) (result Killed, err error) {
	w := newWorld(ctx, k.Dir)
	w.kill, w.lease = reaper.New(w.database(), filepath.Join(w.dir, "dead.db"), k.At), time.Minute
	defer func() {
		err = errors.Join(err, w.stop())
		result.Trace = w.trace
	}()
	if k.Empty != "" {
		if err := stage.CopyFile(k.Empty, w.database()); err != nil {
			return result, err
		}
	}
	if k.RefuseExtID {
		w.raynet.Switch(func(s *raynetemu.Switches) { s.ExtIDOnCreate = raynetemu.Refuse })
	}
	in := newInterpreter()
	story, precious := compact(k.Kind)
	if k.Deciding {
		story, precious = compactDeciding(), []string{"Porada R", "Praha", "Oběd"}
	}
	for n, text := range story {
		w.say("%s", text)
		if err := in.live(w, line{text: text}); err != nil && !w.kill.Dead() {
			return result, fmt.Errorf("%d %s: %w", n, text, err)
		}
		if w.kill != nil {
			result.Points = w.kill.Seen()
		}
		if w.kill.Dead() {
			result.Struck = true
			if err := w.revive(); err != nil {
				return result, err
			}
			if err := w.settle(); err != nil {
				return result, fmt.Errorf("after the process was killed at point %d: %w", k.At, err)
			}
		}
		w.note()
	}
	if w.kill != nil {
		w.kill.Strike(reaper.Never) // too late: the story is over
	}
	result.World = w.describe()
	for _, value := range precious {
		if err := w.wantSomewhere(value); err != nil {
			return result, err
		}
	}
	return result, w.always()
}

// compact is the story, and precious is what people wrote in it that must be somewhere at its end. The clash comes last but one, so
// that its losing value must be in the journal.
func compact(kind record.Kind) (story, precious []string) {
	switch kind {
	case record.Contacts:
		story, precious = compactContacts(), []string{"www.o.example.cz", "Karel Velký"}
	case record.Tasks:
		story, precious = compactTasks(), []string{"Nabídka O", "Úklid"}
	case record.Calendar:
		story, precious = compactCalendar(), []string{"Porada O", "Oběd"}
	}
	return append(story, `SYNC WITH TROUBLE`, `PASS 6 minutes`, `SYNC WITH TROUBLE`), precious
}

func compactCalendar() []string {
	return []string{
		`PERSON Jana`,
		`Jana makes a meeting in RAYNET: "Porada", on 2026-10-22 10:00-11:00, place "Brno"`,
		`Jana makes a meeting in RAYNET: "Zruší se", on 2026-10-23 10:00-11:00`,
		`Jana makes an event in Outlook: "Oběd", on 2026-10-22 12:00-13:00, place "U Lípy", category "RAYNET"`,
		`SYNC WITH TROUBLE`,
		`PASS 3 minutes`,
		`Jana changes "Porada" in RAYNET: "Porada 2"`,
		`Jana changes "Oběd" in Outlook: "Oběd 2"`,
		`SYNC WITH TROUBLE`,
		`PASS 3 minutes`,
		`Jana changes "Porada 2" in RAYNET: "Porada R"`,
		`Jana changes "Porada 2" in Outlook: "Porada O"`,
		`Jana deletes "Zruší se" in RAYNET`,
		`SYNC WITH TROUBLE`,
		`PASS 3 minutes`,
		`Jana deletes "Oběd 2" in Outlook`,
	}
}

// compactDeciding has a clash, several things that fit, and a copy that is made again.
func compactDeciding() []string {
	story := []string{
		`PERSON Jana`,
		`SETTING clashes: ask`,
		`Jana makes a meeting in RAYNET: "Porada", on 2026-10-22 10:00-11:00`,
		`Jana makes a meeting in RAYNET: "Oběd", on 2026-10-22 12:00-13:00`,
		`Jana makes a meeting in RAYNET: "Dvojice", on 2026-10-23 10:00-11:00, text "Sál"`,
		`Jana makes an event in Outlook: "Dvojice", on 2026-10-23 10:00-11:00`,
		`Jana makes an event in Outlook: "Dvojice", on 2026-10-23 10:00-11:00, place "Praha", category "RAYNET"`,
		`SYNC WITH TROUBLE`,
		`PASS 3 minutes`,
		`Jana changes "Porada" in RAYNET: "Porada R"`,
		`Jana changes "Porada" in Outlook: "Porada O"`,
		`Jana deletes "Oběd" in Outlook`,
		`SYNC WITH TROUBLE`,
		`PASS 3 minutes`,
	}
	for _, decided := range []string{`"Porada O" of Jana: outlook`, `"Dvojice" of Jana: link 1`, `"Oběd" of Jana: again`} {
		line := `THE ADMINISTRATOR DECIDES, IF IT WAITS, about ` + decided
		story = append(story, line, `PASS 3 minutes`, line)
	}
	return append(story, `SYNC WITH TROUBLE`, `PASS 6 minutes`, `SYNC WITH TROUBLE`)
}

func compactContacts() []string {
	return []string{
		`PERSON Jana with contacts`,
		`COMPANY "Alfa"`,
		`Jana makes a person in RAYNET: "Petr Malý", e-mail "petr@alfa.example.cz", company "Alfa"`,
		`Jana makes a person in RAYNET: "Zruší Se", e-mail "zrusi@alfa.example.cz"`,
		`Jana makes a person in RAYNET: "Eva Zůstala", e-mail "eva@alfa.example.cz"`,
		`Jana makes a contact in Outlook: "Karel Velký", e-mail "karel@beta.example.cz", mobile "1", category "VIP"`,
		`SYNC WITH TROUBLE`,
		`PASS 6 minutes`,
		`Jana changes "Petr Malý" in RAYNET: mobile "2"`,
		`Jana changes "Karel Velký" in Outlook: mobile "3", category "Brno", company "Alfa", job "jednatel"`,
		`SYNC WITH TROUBLE`,
		`PASS 6 minutes`,
		`Jana changes "Petr Malý" in RAYNET: web "www.r.example.cz"`,
		`Jana changes "Petr Malý" in Outlook: web "www.o.example.cz"`,
		`Jana deletes "Zruší Se" in RAYNET`,
		`SYNC WITH TROUBLE`,
		`PASS 6 minutes`,
		`Jana deletes "Karel Velký" in Outlook`,
	}
}

func compactTasks() []string {
	return []string{
		`PERSON Jana with tasks`,
		`Jana makes a task in RAYNET: "Nabídka", due 2026-10-22`,
		`Jana makes a task in RAYNET: "Zruší se", due 2026-10-23`,
		`Jana makes a task in RAYNET: "Zůstane", due 2026-10-23`,
		`Jana makes a task in Outlook: "Úklid", due 2026-10-22, text "Kuchyň"`,
		`SYNC WITH TROUBLE`,
		`PASS 6 minutes`,
		`Jana changes "Nabídka" in RAYNET: due 2026-10-28`,
		`Jana changes "Úklid" in Outlook: importance high, category "Dům"`,
		`Jana changes "Zůstane" in Outlook: done`,
		`SYNC WITH TROUBLE`,
		`PASS 6 minutes`,
		`Jana changes "Nabídka" in RAYNET: "Nabídka R"`,
		`Jana changes "Nabídka" in Outlook: "Nabídka O"`,
		`Jana deletes "Zruší se" in RAYNET`,
		`SYNC WITH TROUBLE`,
		`PASS 6 minutes`,
		`Jana deletes "Úklid" in Outlook`,
	}
}

// revive starts a new process on the database of the dead one, after its leases ran out.
func (w *world) revive() error {
	dead := w.kill
	w.kill = nil
	if err := errors.Join(w.stop(), dead.Bury()); err != nil {
		return err
	}
	w.say("the process is killed at point %d and starts again", dead.Seen()-1)
	w.clock.Advance(2 * time.Minute)
	return nil
}

// describe tells what is on both sides, in no order that depends on ids.
func (w *world) describe() []string {
	var out []string
	for _, a := range w.everythingInRaynet() {
		out = append(out, fmt.Sprintf("RAYNET %s %v-%v at %v due %v %v %v %v %v %v", raynetTitle(a), a["scheduledFrom"], a["scheduledTill"], a["meetingPlace"],
			a["deadline"], a["priority"], a["status"], a["contactInfo"], stage.Object(a["primaryRelationship"])["type"], a["tags"]))
	}
	for _, p := range w.people {
		for _, e := range w.everythingInOutlook(p) {
			out = append(out, fmt.Sprintf("Outlook of %s %s %v-%v at %v due %s %v %v %v %v %v", p.name, outlookTitle(e), graphInstant(e["start"]), graphInstant(e["end"]),
				stage.Object(e["location"])["displayName"], w.dueDate(p, e), e["status"], e["importance"], e["mobilePhone"], e["businessHomePage"], e["categories"]))
		}
	}
	slices.Sort(out)
	return out
}

// wantSomewhere looks for a value that a person wrote, on both sides and in the journal.
func (w *world) wantSomewhere(value string) error {
	if strings.Contains(strings.Join(w.describe(), "\n"), value) || w.wantNotInJournal(value) != nil {
		return nil
	}
	return fmt.Errorf("I2: %q, which a person wrote, is nowhere", value)
}
