package processes

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
)

// child is a server process, from its start to its end.
type child struct {
	name    string
	command *exec.Cmd
	out     string // file of what it says to programs
	log     string // file of what it logs
	started time.Time
	ended   chan struct{}
	err     error  // how it ended; to be read after ended is closed
	url     string // of its pages, once it is ready
}

// program is the binary with everything that it is told.
type program struct {
	binary  string
	environ []string
	dir     string // of outputs

	mu     sync.Mutex
	living map[*child]bool // guarded by mu
	count  int             // guarded by mu
}

// begin starts a server.
func (p *program) begin() (*child, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count++
	name := fmt.Sprintf("server-%03d", p.count)
	c := &child{name: name, out: filepath.Join(p.dir, name+".out"), log: filepath.Join(p.dir, name+".log"), ended: make(chan struct{}), started: time.Now()}
	out, err := os.Create(c.out)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	log, err := os.Create(c.log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	c.command = exec.Command(p.binary, "--json", "serve", "--log-level", "debug") //nolint:gosec,noctx // whoever runs this names the binary; finish ends it
	c.command.Env, c.command.Dir, c.command.Stdout, c.command.Stderr = p.environ, p.dir, out, log
	alone(c.command)
	if err := c.command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", p.binary, err)
	}
	if p.living == nil {
		p.living = map[*child]bool{}
	}
	p.living[c] = true
	go func() {
		c.err = c.command.Wait()
		p.mu.Lock()
		delete(p.living, c)
		p.mu.Unlock()
		close(c.ended)
	}()
	return c, nil
}

// pids are those of the servers that live.
func (p *program) pids() []int {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []int
	for c := range p.living { // any order: it is a set
		out = append(out, c.pid())
	}
	return out
}

// finish kills whatever still lives and waits for its end.
func (p *program) finish() {
	p.mu.Lock()
	var all []*child
	for c := range p.living { // any order: all are ended
		all = append(all, c)
	}
	p.mu.Unlock()
	for _, c := range all {
		c.kill()
	}
}

func (c *child) pid() int { return c.command.Process.Pid }

// kill is kill -9. It returns when the process is gone.
func (c *child) kill() {
	select {
	case <-c.ended:
		return
	default:
	}
	_ = killNow(c.pid())
	<-c.ended
}

// over reports whether it has ended by itself.
func (c *child) over() bool {
	select {
	case <-c.ended:
		return true
	default:
		return false
	}
}

// ready waits until the server says that it runs. The error is that it ended instead, that it took too long, or ctx's.
func (c *child) ready(ctx context.Context, within time.Duration) error {
	limit := time.After(within)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		data, err := os.ReadFile(c.out)
		if err != nil {
			return err
		}
		var told struct {
			URL string `json:"url"`
		}
		if json.Unmarshal(bytes.TrimSpace(data), &told) == nil && told.URL != "" {
			c.url = told.URL
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-c.ended:
			return fmt.Errorf("%s ended instead of starting: %w: %s", c.name, c.err, c.last())
		case <-limit:
			return fmt.Errorf("%s: %w in %s: %s", c.name, errNotReady, within, c.last())
		case <-tick.C:
		}
	}
}

var errNotReady = errors.New("the server was not ready")

// last is what the process said last.
func (c *child) last() string {
	data, err := os.ReadFile(c.log)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	return strings.Join(lines[max(len(lines)-3, 0):], " | ")
}

// ask runs another command of the program to its end and returns what it says to programs. Exit status 1, that something needs
// a person, is no error.
func (p *program) ask(ctx context.Context, within time.Duration, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	command := exec.CommandContext(ctx, p.binary, append([]string{"--json"}, args...)...) //nolint:gosec // as above
	var out, complaints bytes.Buffer
	command.Env, command.Dir, command.Stdout, command.Stderr, command.WaitDelay = p.environ, p.dir, &out, &complaints, time.Second
	alone(command)
	command.Cancel = func() error { return killNow(command.Process.Pid) }
	if err := command.Run(); err != nil {
		return out.Bytes(), fmt.Errorf("raynetsync %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(complaints.String()))
	}
	return out.Bytes(), nil
}
