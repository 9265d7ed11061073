package browser_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"go.uber.org/goleak"
)

// patience is how long a condition may take on a busy machine.
const patience = 60 * time.Second

// update writes the pictures anew: go test ./internal/app/browser -run Screenshots -update.
func update() bool {
	return flag.Lookup("update") != nil && flag.Lookup("update").Value.String() == "true"
}

func TestMain(m *testing.M) {
	flag.Bool("update", false, "take the pictures of docs/images/pages anew")
	goleak.VerifyTestMain(closing{m})
}

// closing ends the browser after the last test.
type closing struct{ *testing.M }

func (c closing) Run() int {
	code := c.M.Run()
	engine.end()
	return code
}

// engine is the one browser of this process; it starts when it is needed first.
var engine browser

type browser struct {
	mu     sync.Mutex
	ctx    context.Context
	cancel []context.CancelFunc
	err    error
}

// binary is the browser that is used, "" if there is none.
func binary() string {
	name := os.Getenv("RAYNETSYNC_CHROMIUM")
	if name == "" {
		name = "chromium"
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return ""
	}
	return path
}

// running returns the context of the browser. A test cannot run without one: where nothing may be left out, it fails.
func running(t *testing.T) context.Context {
	t.Helper()
	path := binary()
	if path == "" {
		const repair = "there is no Chromium: apt-get install chromium, or name another one in RAYNETSYNC_CHROMIUM"
		if os.Getenv("CI") != "" {
			t.Fatal(repair)
		}
		t.Skip(repair)
	}
	engine.mu.Lock()
	defer engine.mu.Unlock()
	if engine.ctx == nil {
		engine.start(path)
	}
	if engine.err != nil {
		t.Fatal(engine.err)
	}
	return engine.ctx
}

func (b *browser) start(path string) {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.WSURLReadTimeout(patience),
		chromedp.IgnoreCertErrors, chromedp.Flag("hide-scrollbars", true), chromedp.Flag("font-render-hinting", "none"), chromedp.Flag("lang", "en-GB"),
		chromedp.Env("LC_ALL=C.UTF-8", "TZ=Europe/Prague"))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // the sandbox needs a user that is not root
	}
	allocator, endAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, end := chromedp.NewContext(allocator)
	b.ctx, b.cancel = ctx, []context.CancelFunc{end, endAllocator}
	if err := chromedp.Do(ctx); err != nil {
		b.err = fmt.Errorf("start %s: %w", path, err)
	}
}

func (b *browser) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, cancel := range b.cancel {
		cancel()
	}
}
