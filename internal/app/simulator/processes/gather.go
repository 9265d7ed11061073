package processes

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
)

// healWithin is how long everything may take to come to rest once the network is whole.
const healWithin = 75 * time.Second

// heal makes the network whole and waits until nothing is left to do, or nothing happens any more.
func (p *play) heal(ctx context.Context) error {
	p.office.breakNetwork(0)
	p.say("the network is whole, people have gone home")
	begun := time.Now()
	p.evidence.users = p.office.users
	p.evidence.notes, p.evidence.words.private, _ = p.people.known()
	left, last := []difference{}, begun
	for time.Since(begun) < healWithin {
		if err := pause(ctx, 250*time.Millisecond); err != nil {
			return err
		}
		if p.server.over() {
			p.report.complain("I12 crash safe", "%s ended by itself though all is well: %v: %s", p.server.name, p.server.err, p.server.last())
			if err := p.start(ctx); err != nil {
				return err
			}
		}
		if at := p.office.ourLast(); at.After(last) {
			last = at
		}
		if time.Since(last) < settle+grace+poll {
			continue
		}
		p.evidence.things, p.evidence.history = p.office.everything(), p.office.history()
		left, _ = p.evidence.differences()
		left = append(left, p.evidence.unburied()...)
		if len(left) == 0 || time.Since(last) > 6*(settle+grace+poll) { // something may wait for its time to come
			break
		}
		waits, err := p.allWait(ctx, left)
		if err != nil {
			return err
		}
		if waits {
			break
		}
	}
	p.say("at rest after %s, %d differences left", time.Since(begun).Round(time.Millisecond), len(left))
	p.evidence.quiet = time.Now()
	return pause(ctx, sweep+2*poll)
}

// allWait reports whether the program says of every difference, if there are a few, that a person or its time has to come.
func (p *play) allWait(ctx context.Context, left []difference) (bool, error) {
	if len(left) > 12 {
		return false, nil
	}
	p.evidence.explained = map[string][]explanation{}
	for _, d := range left {
		all, err := p.states(ctx, d.refs[0])
		if err != nil {
			return false, err
		}
		p.evidence.explained[d.refs[0]] = all
		if _, waits := p.evidence.waits(d.refs[0]); !waits {
			return false, nil
		}
	}
	return true, nil
}

// gather collects the evidence. The server runs, and has nothing to do.
func (p *play) gather(ctx context.Context, data, outputs string) error {
	e := &p.evidence
	e.things, e.history = p.office.everything(), p.office.history()
	for _, mail := range p.office.world.Outlook.Mails() {
		e.mails = append(e.mails, fmt.Sprintf("%s about %q would have gone to %v", mail.Kind, mail.Subject, mail.To))
	}
	e.requests = append(p.office.raynet.Requests(), p.office.graph.Requests()...)
	e.most = p.office.raynet.Most()
	e.asked = p.office.world.Raynet.Layer().Count() + p.office.world.Outlook.Layer().Count()
	for _, answer := range append(p.office.world.Raynet.Layer().Requests(), p.office.world.Outlook.Layer().Requests()...) {
		if answer.Status == http.StatusTooManyRequests && answer.Fault == "" {
			e.overdone = append(e.overdone, fmt.Sprintf("%s %s at %s was too much for the service", answer.Method, answer.Path, answer.At.Format("15:04:05.000")))
		}
	}
	var err error
	if e.journal, err = p.journal(ctx); err != nil {
		return err
	}
	if err := p.explain(ctx); err != nil {
		return err
	}
	p.say("%d records are explained", len(e.explained))
	_, secrets, refused := p.people.known()
	info := p.office.running.Info
	e.words = words{private: secrets, secret: []string{info.ClientSecret, info.RaynetAPIKey}}
	for canary, n := range e.notes { // any order: it is a set
		if n.private {
			e.words.private = append(e.words.private, canary)
		}
		e.words.open = append(e.words.open, canary)
	}
	for _, w := range e.history {
		if !w.ours {
			e.words.open = append(e.words.open, w.wrote...)
		}
	}
	for _, dir := range []string{data, outputs} {
		files, err := readable(dir, "master.key", "sync.db.ballast")
		if err != nil {
			return err
		}
		e.files = append(e.files, files...)
	}
	p.say("%d files are read", len(e.files))
	shown, err := visit(ctx, p.server.url)
	p.say("%d pages are read", len(shown))
	e.files = append(e.files, shown...)
	return errors.Join(append(refused, err)...)
}

// askWithin is how long a command may take on a busy machine.
const askWithin = 30 * time.Second

func (p *play) journal(ctx context.Context) ([]entry, error) {
	out, err := p.program.ask(ctx, askWithin, "journal", "--limit", "100000")
	if err != nil {
		return nil, err
	}
	var told struct {
		Entries []entry `json:"entries"`
	}
	if err := json.Unmarshal(out, &told); err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	for _, one := range told.Entries {
		p.report.Probes["journal: "+one.Event]++
	}
	return told.Entries, nil
}

// sample is how many records are explained besides those that something is wrong with.
const sample = 10

// explain asks the program about what differs, what is there twice, and a sample of the rest.
func (p *play) explain(ctx context.Context) error {
	e := &p.evidence
	wanted := map[string]bool{}
	left, _ := e.differences()
	for _, d := range left {
		for _, ref := range d.refs {
			wanted[ref] = true
		}
	}
	places := map[string][]string{}
	for _, t := range e.things {
		key := t.canary + t.where()
		places[key] = append(places[key], t.ref())
	}
	for _, refs := range places { // any order: it is a set
		for _, ref := range refs {
			wanted[ref] = wanted[ref] || len(refs) > 1
		}
	}
	suspects := 0
	for _, suspect := range wanted { // any order: they are counted
		if suspect {
			suspects++
		}
	}
	for _, at := range p.rng.Perm(len(e.things))[:min(sample, len(e.things))] {
		wanted[e.things[at].ref()] = true
	}
	var refs []string
	for _, ref := range sortedKeys(wanted) {
		if wanted[ref] && len(refs) < 100 {
			refs = append(refs, ref)
		}
	}
	p.say("%d records are explained, %d of them look suspicious", len(refs), suspects)
	e.explained = map[string][]explanation{}
	var mu sync.Mutex
	var failed error
	var asking sync.WaitGroup
	for half := range 2 {
		asking.Go(func() {
			for i := half; i < len(refs); i += 2 {
				all, err := p.states(ctx, refs[i])
				mu.Lock()
				e.explained[refs[i]], failed = all, errors.Join(failed, err)
				mu.Unlock()
			}
		})
	}
	asking.Wait()
	return failed
}

func (p *play) states(ctx context.Context, ref string) ([]explanation, error) {
	out, err := p.program.ask(ctx, askWithin, "explain", "--", ref)
	if err != nil {
		return nil, err
	}
	var told struct {
		Explanations []explanation `json:"explanations"`
	}
	err = json.Unmarshal(out, &told)
	return told.Explanations, err
}

// farewell asks the server to stop, which it must do by itself.
func (p *play) farewell(ctx context.Context) error {
	if err := end(p.server.pid()); err != nil {
		return fmt.Errorf("stop %s: %w", p.server.name, err)
	}
	select {
	case <-p.server.ended:
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(startWithin):
		p.report.complain("I12 crash safe", "%s did not stop when it was asked to", p.server.name)
		p.server.kill()
		return nil
	}
	p.say("%s stopped", p.server.name)
	if code := p.server.command.ProcessState.ExitCode(); code > 0 {
		p.report.complain("I12 crash safe", "%s was asked to stop and ended with status %d: %s", p.server.name, code, p.server.last())
	}
	return nil
}

// count fills in the figures.
func (p *play) count() {
	for _, one := range p.office.proxies() {
		p.report.Requests += len(one.Requests())
		for fault, n := range one.Struck() { // any order: they are added up
			p.report.Faults += n
			p.report.Probes["fault "+string(fault)] += n
		}
	}
	for _, w := range p.evidence.history {
		if !w.ours && w.canary != "" {
			p.report.Operations++
		}
	}
}
