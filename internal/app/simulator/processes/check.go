package processes

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"raynetsync/internal/app/simulator/processes/proxy"
)

// The checkers. Each counts what it looked at: one that looked at nothing proves nothing.
const (
	Convergence  = "I1 convergence"
	Losses       = "I2 nothing lost"
	Twins        = "I3 no twins"
	Graves       = "I4 no resurrection"
	Deletions    = "I5 deletion needs proof"
	Mails        = "I6 nobody is mailed"
	Privacy      = "I7 private stays private"
	Secrets      = "I7 no secrets"
	Echo         = "I8 quiet stays quiet"
	Budget       = "I9 limits"
	Explained    = "I11 one explainable state"
	SingleWriter = "I16 single writer"
)

// Checkers lists the names of all checkers.
func Checkers() []string {
	return []string{Convergence, Losses, Twins, Graves, Deletions, Mails, Privacy, Secrets, Echo, Budget, Explained, SingleWriter}
}

// check looks at the evidence.
func (e *evidence) check(r *Report) {
	for _, name := range Checkers() {
		r.Checked[name] += 0 // named even if it looks at nothing
	}
	e.checkAgreement(r)
	e.checkLosses(r)
	e.checkTwins(r)
	e.checkGraves(r)
	e.checkDeletions(r)
	e.checkMails(r)
	e.checkPrivacy(r)
	e.checkSecrets(r)
	e.checkEcho(r)
	e.checkBudget(r)
	e.checkExplained(r)
	e.checkWriter(r)
}

func (r *Report) complain(checker, format string, args ...any) {
	r.Violations = append(r.Violations, checker+": "+fmt.Sprintf(format, args...))
}

// checkAgreement: both sides agree, but for what the program says a person has to decide.
func (e *evidence) checkAgreement(r *Report) {
	found, compared := e.differences()
	r.Checked[Convergence] += compared
	for _, d := range found {
		excused := false
		for _, ref := range d.refs {
			if state, waits := e.waits(ref); waits {
				excused = true
				r.Probes["excused: "+state]++
				r.Trace = append(r.Trace, "excused: "+d.says+" ("+e.states(d.refs)+")")
			}
		}
		if !excused {
			r.complain(Convergence, "%s (%s)", d.says, e.states(d.refs))
		}
	}
}

// states tells what the program says of some records.
func (e *evidence) states(refs []string) string {
	var out []string
	for _, ref := range refs {
		for _, one := range e.explained[ref] {
			out = append(out, strings.TrimSpace(ref+" is "+one.State+" "+one.Reason+" "+one.Detail))
		}
	}
	return strings.Join(out, "; ")
}

// checkLosses: every value that a person wrote is on a side, or in the journal, or was replaced by somebody who saw it, or went
// with a thing that a person deleted, or was overwritten in RAYNET in the moment that nobody can see, and the journal says so.
func (e *evidence) checkLosses(r *Report) {
	var b strings.Builder
	for _, t := range e.things {
		walk(t.raw, func(text string) { b.WriteString(text + "\n") })
	}
	kept := b.String() + told(e.journal)
	for _, w := range e.history {
		if w.ours || w.canary == "" || w.op == "delete" {
			continue
		}
		for _, ink := range w.wrote {
			r.Checked[Losses]++
			switch {
			case strings.Contains(kept, ink), e.deletedAnywhere(w.canary), e.replaced(w.canary, ink):
			case e.blind(w.canary):
				r.Probes["blind window"]++
			default:
				r.complain(Losses, "%s of %s, written by a person in %s at %s, is nowhere", ink, w.canary, w.where(), w.at.Format("15:04:05.000"))
			}
		}
	}
}

// replaced reports whether a person saw a value and wrote something else in its place.
func (e *evidence) replaced(canary, ink string) bool {
	return slices.ContainsFunc(e.history, func(w write) bool {
		return !w.ours && w.canary == canary && slices.Contains(w.gone, ink)
	})
}

// blind reports whether the journal tells of a possible blind overwrite of a record.
func (e *evidence) blind(canary string) bool {
	records := e.find(canary, isRecord)
	return slices.ContainsFunc(e.journal, func(one entry) bool {
		return one.Event == "blind-overwrite" && slices.ContainsFunc(records, func(t thing) bool { return t.ref() == one.Raynet })
	})
}

// checkTwins: at most one of a thing in each place, unless the program asks a person about it.
func (e *evidence) checkTwins(r *Report) {
	found := map[string][]thing{}
	for _, t := range e.things {
		key := t.canary + " in " + t.where()
		found[key] = append(found[key], t)
	}
	r.Checked[Twins] += len(found)
	for _, key := range sortedKeys(found) {
		all := found[key]
		if len(all) < 2 {
			continue
		}
		asked := slices.ContainsFunc(all, func(t thing) bool {
			return slices.ContainsFunc(e.explained[t.ref()], func(one explanation) bool { return one.State == "review" })
		})
		if asked {
			r.Probes["twins that a person is asked about"]++
			continue
		}
		var refs []string
		for _, t := range all {
			refs = append(refs, t.ref())
		}
		r.complain(Twins, "%s exists %d times: %s (%s)", key, len(all), strings.Join(refs, ", "), e.states(refs))
	}
}

func sortedKeys[V any](m map[string]V) []string {
	var out []string
	for key := range m { // any order: sorted
		out = append(out, key)
	}
	slices.Sort(out)
	return out
}

// checkGraves: what a person deleted is not there again.
func (e *evidence) checkGraves(r *Report) {
	for _, w := range e.history {
		if w.ours || w.op != "delete" || w.canary == "" {
			continue
		}
		r.Checked[Graves]++
		if again := e.find(w.canary, func(t thing) bool { return t.where() == w.where() }); len(again) > 0 {
			r.complain(Graves, "%s was deleted in %s by a person at %s and is there: %s", w.canary, w.where(), w.at.Format("15:04:05.000"), again[0].ref())
		}
	}
}

// checkDeletions: we delete nothing in RAYNET, and in Outlook only the copy of what a person had deleted in RAYNET before.
func (e *evidence) checkDeletions(r *Report) {
	for _, w := range e.history {
		if !w.ours || w.op != "delete" || w.canary == "" {
			continue
		}
		r.Checked[Deletions]++
		proof := slices.ContainsFunc(e.history, func(earlier write) bool {
			return earlier.canary == w.canary && !earlier.ours && earlier.op == "delete" && earlier.side == inRaynet && earlier.at.Before(w.at)
		})
		if w.side == inRaynet || !proof {
			r.complain(Deletions, "we deleted %s in %s at %s though nobody did in RAYNET", w.canary, w.where(), w.at.Format("15:04:05.000"))
		}
	}
}

// checkMails: nobody was mailed by us, though there were meetings with guests.
func (e *evidence) checkMails(r *Report) {
	for _, w := range e.history {
		if e.notes[w.canary].guests && w.side == inRaynet { // it was carried, or changed after it had been
			r.Checked[Mails]++
		}
	}
	for _, mail := range e.mails {
		r.complain(Mails, "%s", mail)
	}
}

// checkEcho: once it is quiet we write nothing any more.
func (e *evidence) checkEcho(r *Report) {
	if e.quiet.IsZero() {
		return
	}
	for _, request := range e.requests {
		if request.At.After(e.quiet) {
			r.Checked[Echo]++
		}
	}
	for _, w := range e.history {
		if w.ours && w.at.After(e.quiet) {
			r.complain(Echo, "we wrote %s of %s in %s at %s, %s after all was quiet", w.op, w.canary, w.where(), w.at.Format("15:04:05.000"), w.at.Sub(e.quiet).Round(time.Millisecond))
		}
	}
}

// checkBudget: neither service said that it was asked too much.
func (e *evidence) checkBudget(r *Report) {
	r.Checked[Budget] += e.asked
	for _, answer := range e.overdone {
		r.complain(Budget, "%s", answer)
	}
	if e.most > raynetParallel {
		r.complain(Budget, "%d requests were under way at RAYNET at once, it answers %d", e.most, raynetParallel)
	}
}

// checkExplained: the program says exactly one thing of each record for each user whom it concerns.
func (e *evidence) checkExplained(r *Report) {
	for _, ref := range sortedKeys(e.explained) {
		r.Checked[Explained]++
		all, users := e.explained[ref], map[string]int{}
		for _, one := range all {
			users[one.User]++
			if one.State == "" || one.State == "unknown" {
				r.complain(Explained, "%s has the state %q", ref, one.State)
			}
		}
		if len(all) == 0 {
			r.complain(Explained, "%s has no state", ref)
		}
		for _, user := range sortedKeys(users) {
			if users[user] > 1 {
				r.complain(Explained, "%s has %d states for %s: %s", ref, users[user], user, e.states([]string{ref}))
			}
		}
	}
}

// checkWriter: an instance that lost its lease writes nothing, and one that never had it neither.
func (e *evidence) checkWriter(r *Report) {
	seen := 0 // without knowing who asked, nothing is proved
	if slices.ContainsFunc(e.requests, func(one proxy.Request) bool { return one.Owner != 0 }) {
		seen = 1
	}
	for _, s := range e.stale {
		r.Checked[SingleWriter] += seen
		for _, request := range e.requests {
			if request.Owner == s.pid && request.Writes() && request.Whole.After(s.woke) {
				r.complain(SingleWriter, "%s made %s %s %s after it woke up, though another one had taken over", s.name, request.Method, request.Path,
					request.Whole.Sub(s.woke).Round(time.Millisecond))
			}
		}
		if !s.ended {
			r.complain(SingleWriter, "%s went on though another one had taken over", s.name)
		}
	}
	for _, one := range e.refused {
		r.Checked[SingleWriter] += seen
		if one.code <= 0 {
			r.complain(SingleWriter, "%s was started beside a living one and ended with status %d, want a refusal", one.name, one.code)
		}
		for _, request := range e.requests {
			if request.Owner == one.pid && request.Writes() {
				r.complain(SingleWriter, "%s was started beside a living one and made %s %s", one.name, request.Method, request.Path)
			}
		}
	}
}
