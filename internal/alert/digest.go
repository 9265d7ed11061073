package alert

import "strings"

// doneEvents are the events that a digest counts, in this order; each has a text under "alert.done-<event>".
func doneEvents() []string {
	return []string{"created", "updated", "deleted", "matched", "returned", "released", "hidden", "dissolved", "clash", "blind-overwrite",
		"restored", "parked", "halted"}
}

// maxDigestUsers is how many users are told of one by one. The rest is counted, busy ones first.
const maxDigestUsers = 100

func (c Composer) digest(l *letter, m Message) {
	d := m.Digest
	dates := map[string]any{"From": c.Texts.Date(d.From, c.Zone), "Till": c.Texts.Date(d.Till, c.Zone)}
	l.Subject, l.Intro = c.t("subject-digest", dates), c.t("intro-digest", dates)
	if entries := c.entries(d.Holds, Still); len(entries) > 0 {
		l.Parts = append(l.Parts, part{c.t("head-still", nil), entries})
	}
	var waits, done []entry
	quiet, unnamed := 0, 0
	for _, user := range d.Users {
		lines := c.doneLines(user)
		if waiting := c.waitLines(user); len(waiting) > 0 {
			waits = append(waits, entry{Title: c.who(user), Lines: waiting})
		}
		switch {
		case len(lines) == 0:
			quiet++
		case len(done) < maxDigestUsers:
			done = append(done, entry{Title: c.who(user), Lines: lines})
		default:
			unnamed++
		}
	}
	if len(waits) > maxDigestUsers {
		waits = append(waits[:maxDigestUsers], entry{Title: c.n("more", len(waits)-maxDigestUsers, nil)})
	}
	if unnamed > 0 {
		done = append(done, entry{Title: c.n("more", unnamed, nil)})
	}
	if quiet > 0 {
		done = append(done, entry{Title: c.n("quiet", quiet, nil)})
	}
	for _, p := range []part{{c.t("head-waits", nil), waits}, {c.t("head-done", nil), done}, {c.t("head-state", nil), c.stateOf(d)}} {
		if len(p.Entries) > 0 {
			l.Parts = append(l.Parts, p)
		}
	}
}

func (c Composer) who(user DigestUser) string {
	return user.User + ", " + c.Texts.T("kind."+user.Of, nil)
}

func (c Composer) labelled(label string, count int) string {
	return c.t(label, nil) + ": " + c.Texts.Number(int64(count))
}

// doneLines tells in one line what was done for a user; none if nothing was.
func (c Composer) doneLines(user DigestUser) []string {
	var parts []string
	for _, event := range doneEvents() {
		if count := user.Events[event]; count > 0 {
			parts = append(parts, c.labelled("done-"+event, count))
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return []string{strings.Join(parts, ", ")}
}

// waitLines tells what waits for a user, and that he is not synchronised; none if nothing waits.
func (c Composer) waitLines(user DigestUser) []string {
	var lines []string
	if user.State != "running" {
		lines = append(lines, c.Texts.T("pair."+user.State, nil))
	}
	var parts []string
	for _, waits := range []struct {
		label string
		count int
	}{{"waits-review", user.Review}, {"waits-parked", user.Parked}, {"waits-waiting", user.Waiting}} {
		if waits.count > 0 {
			parts = append(parts, c.labelled(waits.label, waits.count))
		}
	}
	if len(parts) > 0 {
		lines = append(lines, strings.Join(parts, ", "))
	}
	if user.Grows {
		lines = append(lines, c.t("grows", nil))
	}
	return lines
}

// stateOf tells of what all users share: the login and the requests that are left.
func (c Composer) stateOf(d *Digest) []entry {
	var out []entry
	what := "secret"
	if d.Certificate {
		what = "certificate"
	}
	switch {
	case d.SecretExpires.IsZero():
		out = append(out, entry{Title: c.t("secret-unknown", nil)})
	case d.SecretDays < 0:
		out = append(out, entry{Title: c.t("title-"+what+"-expired", nil)})
	default:
		out = append(out, entry{Title: c.n(what+"-left", d.SecretDays, map[string]any{"Date": c.Texts.Date(d.SecretExpires, d.SecretExpires.Location())})})
	}
	if d.Limit > 0 {
		out = append(out, entry{Title: c.t("budget", map[string]any{"Remaining": c.Texts.Number(int64(d.Remaining)), "Limit": c.Texts.Number(int64(d.Limit))})})
	}
	return out
}
