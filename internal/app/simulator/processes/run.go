package processes

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Options say what is played.
type Options struct {
	// Binary is the path of the program under test.
	Binary string
	// Kills is how often it is killed; 0 means as often as fits into For.
	Kills int
	Seed  uint64
	// Dir is an empty folder for the database and the logs; empty means one that is removed at the end.
	Dir string
	// Two lets a second instance meet a living one, and a frozen one that wakes up after the second took over.
	Two bool
	// For is how long people work and the program is killed, at most; 0 means as long as Kills take.
	For time.Duration
}

// Report is what came of it.
type Report struct {
	// Kills is how often the program was killed, Faults how often the network broke something, Requests how many HTTP requests
	// were on their way, Operations how many changes people made, Stops how often the program was frozen and woken up.
	Kills      int `json:"kills"`
	Faults     int `json:"faults"`
	Requests   int `json:"requests"`
	Operations int `json:"operations"`
	Stops      int `json:"stops"`
	// Probes counts what was met on the way, by name.
	Probes map[string]int `json:"probes"`
	// Checked counts what each checker looked at; 0 means that it proves nothing.
	Checked map[string]int `json:"checked"`
	// Violations are what must never happen and did.
	Violations []string `json:"violations"`
	// Trace tells what happened, for people.
	Trace   []string `json:"trace"`
	Seconds float64  `json:"seconds"`
}

// errOptions says that nothing would end it.
var errOptions = errors.New("neither a number of kills nor a time is given")

// Run plays it. Violations are in the report; the error is what kept it from being played to its end, and the report then says
// how far it came. No process is left behind.
func Run(ctx context.Context, o Options, tell func(string)) (report Report, err error) {
	if o.Kills <= 0 && o.For <= 0 {
		return report, errOptions
	}
	if o.Dir == "" {
		if o.Dir, err = os.MkdirTemp("", "processes-"); err != nil {
			return report, err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(o.Dir)) }()
	}
	p := &play{options: o, report: &report, tell: tell, began: time.Now(), rng: rand.New(rand.NewPCG(o.Seed, 0x9111))}
	report.Probes, report.Checked, report.Violations, report.Trace = map[string]int{}, map[string]int{}, []string{}, []string{}
	defer func() { report.Seconds = time.Since(p.began).Seconds() }()
	data, outputs := filepath.Join(o.Dir, "data"), filepath.Join(o.Dir, "outputs")
	if err := os.MkdirAll(outputs, 0o700); err != nil {
		return report, err
	}
	p.program = &program{binary: o.Binary, dir: outputs}
	defer p.program.finish()
	if p.office, err = newOffice(ctx, o.Seed, o.Dir, p.program.pids); err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, p.office.close()) }()
	if p.program.environ, err = p.office.environ(o.Dir, data); err != nil {
		return report, err
	}
	return report, p.all(ctx, data, outputs)
}

// play is one run under way.
type play struct {
	options  Options
	report   *Report
	tell     func(string)
	began    time.Time
	rng      *rand.Rand
	program  *program
	office   *office
	people   *people
	server   *child // the one that is meant to serve
	evidence evidence
}

func (p *play) say(format string, args ...any) {
	line := fmt.Sprintf("%6.2f s  ", time.Since(p.began).Seconds()) + fmt.Sprintf(format, args...)
	p.report.Trace = append(p.report.Trace, line)
	if p.tell != nil {
		p.tell(line)
	}
}

// all is chaos, healing, and a look at what is left.
func (p *play) all(ctx context.Context, data, outputs string) error {
	if err := p.start(ctx); err != nil {
		return err
	}
	p.people = newPeople(p.office, p.options.Seed)
	p.office.breakNetwork(broken)
	working, rest := context.WithCancel(ctx)
	var office sync.WaitGroup
	office.Go(func() { p.people.work(working) })
	err := p.chaos(ctx)
	for begun := time.Now(); err == nil && time.Since(begun) < evening && !p.people.tidy(); {
		err = pause(ctx, 200*time.Millisecond)
	}
	rest()
	office.Wait()
	if err != nil {
		return err
	}
	if err := p.heal(ctx); err != nil {
		return err
	}
	if err := p.gather(ctx, data, outputs); err != nil {
		return err
	}
	if err := p.farewell(ctx); err != nil {
		return err
	}
	p.evidence.check(p.report)
	p.count()
	p.say("%d violations", len(p.report.Violations))
	return nil
}

// evening is how long people look for something that they can throw away before they go home.
const evening = 8 * time.Second

// broken is how many of a hundred requests go wrong.
const broken = 8

// startWithin is how long a start may take: the lease of a dead one, and a busy machine.
const startWithin = 30 * time.Second

// start begins a server and waits until it runs.
func (p *play) start(ctx context.Context) error {
	server, err := p.program.begin()
	if err != nil {
		return err
	}
	p.server = server
	if err := server.ready(ctx, startWithin); err != nil {
		return err
	}
	p.say("%s runs, %s after its start", server.name, time.Since(server.started).Round(time.Millisecond))
	return nil
}

// chaos kills the server until it was killed often enough. In the middle of it two meet.
func (p *play) chaos(ctx context.Context) error {
	begun := time.Now()
	middle := p.options.Two
	for {
		done := p.options.Kills > 0 && p.report.Kills >= p.options.Kills || p.options.For > 0 && time.Since(begun) >= p.options.For
		half := p.options.Kills > 0 && p.report.Kills >= (p.options.Kills+1)/2 || p.options.For > 0 && time.Since(begun) >= p.options.For/2
		if middle && (half || done) {
			middle = false
			if err := p.two(ctx); err != nil {
				return err
			}
			continue
		}
		if done {
			return ctx.Err()
		}
		if err := p.once(ctx); err != nil {
			return err
		}
	}
}

// once kills the server at one moment and starts it again.
func (p *play) once(ctx context.Context) error {
	wait, when := time.Duration(400+p.rng.IntN(1500))*time.Millisecond, "working"
	if p.rng.IntN(100) < 35 {
		wait, when = time.Duration(p.rng.IntN(300))*time.Millisecond, "recovering"
	}
	if err := pause(ctx, wait); err != nil {
		return err
	}
	p.kill(when)
	if p.rng.IntN(100) < 25 && (p.options.Kills <= 0 || p.report.Kills < p.options.Kills) {
		var err error
		if p.server, err = p.program.begin(); err != nil {
			return err
		}
		if err := pause(ctx, time.Duration(5+p.rng.IntN(250))*time.Millisecond); err != nil {
			return err
		}
		p.kill("starting")
	}
	return p.start(ctx)
}

// kill is kill -9.
func (p *play) kill(when string) {
	if p.server.over() {
		p.report.complain("I12 crash safe", "%s ended by itself while %s: %v: %s", p.server.name, when, p.server.err, p.server.last())
		return
	}
	p.server.kill()
	p.report.Kills++
	p.report.Probes["killed while "+when]++
	p.say("%s is killed while %s", p.server.name, when)
}

// pause waits, or ends with ctx.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// two lets two instances meet on one database.
func (p *play) two(ctx context.Context) error {
	if err := p.refuse(ctx); err != nil {
		return err
	}
	if !canFreeze {
		return nil
	}
	for range 2 { // a process that is frozen in the middle of a transaction keeps the database locked, and nobody takes over
		took, err := p.frozen(ctx)
		if took || err != nil {
			return err
		}
	}
	return nil
}

// refuse starts a second instance beside a living one.
func (p *play) refuse(ctx context.Context) error {
	second, err := p.program.begin()
	if err != nil {
		return err
	}
	one := refused{pid: second.pid(), name: second.name, code: -1}
	select {
	case <-second.ended:
		one.code = second.command.ProcessState.ExitCode()
	case <-p.server.ended: // a machine that stood still for a whole lease: then the second one is right to take over
		p.report.Probes["lease lost to a second instance"]++
		p.server = second
		return second.ready(ctx, startWithin)
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(startWithin):
		second.kill()
	}
	p.report.Probes["second instance refused"]++
	p.say("%s is started beside %s and ends with status %d: %s", second.name, p.server.name, one.code, second.last())
	p.evidence.refused = append(p.evidence.refused, one)
	return nil
}

// frozen freezes the server for longer than its lease, starts another one, and wakes the first one up (F26). It reports whether
// the other one took over before.
func (p *play) frozen(ctx context.Context) (took bool, err error) {
	if err := pause(ctx, time.Duration(p.rng.IntN(600))*time.Millisecond); err != nil {
		return false, err
	}
	first := p.server
	if err := freeze(first.pid()); err != nil {
		return false, err
	}
	p.report.Stops++
	p.say("%s is frozen", first.name)
	if err := pause(ctx, lease+time.Duration(p.rng.IntN(500))*time.Millisecond); err != nil {
		return false, err
	}
	second, err := p.program.begin()
	if err != nil {
		return false, err
	}
	waking := stale{pid: first.pid(), name: first.name}
	if took = second.ready(ctx, 2*lease+time.Second) == nil; took {
		p.say("%s took over", second.name)
		if err := pause(ctx, time.Duration(200+p.rng.IntN(800))*time.Millisecond); err != nil {
			return false, err
		}
	} else {
		p.say("%s could not take over: %s", second.name, second.last())
		second.kill()
		p.report.Probes["frozen in a transaction"]++
	}
	waking.woke = time.Now()
	if err := thaw(first.pid()); err != nil {
		return false, err
	}
	if !took {
		return false, p.alive(ctx, first)
	}
	select {
	case <-first.ended:
		waking.ended = true
		p.say("%s woke up and ended: %s", first.name, first.last())
	case <-ctx.Done():
		return false, ctx.Err()
	case <-time.After(startWithin):
		first.kill()
	}
	p.report.Probes["stale instance"]++
	p.evidence.stale = append(p.evidence.stale, waking)
	p.server = second
	return true, nil
}

// alive makes sure that somebody serves after a takeover that came to nothing.
func (p *play) alive(ctx context.Context, first *child) error {
	if err := pause(ctx, lease); err != nil {
		return err
	}
	if !first.over() {
		return nil
	}
	return p.start(ctx) // it found its own lease run out, and gave up as it should
}
