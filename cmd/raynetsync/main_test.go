//go:build unix

package main

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asProgram is set where the test binary stands in for the program.
const asProgram = "RAYNETSYNC_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		_ = os.Unsetenv(asProgram)
		main()
	}
	os.Exit(m.Run())
}

// A server that is told to end settles what is under way and says so, whichever way it is told.
func TestSignalsEndTheServer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		signals []syscall.Signal
		outlive bool // started as by nohup
	}{
		{name: "interrupt", signals: []syscall.Signal{syscall.SIGINT}},
		{name: "termination", signals: []syscall.Signal{syscall.SIGTERM}},
		{name: "the terminal is closed", signals: []syscall.Signal{syscall.SIGHUP, syscall.SIGHUP}},
		{name: "the terminal is closed, and it was to outlive that", signals: []syscall.Signal{syscall.SIGHUP}, outlive: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			start := `exec "$0" "$@"`
			if c.outlive {
				start = `trap "" HUP; ` + start
			}
			var log bytes.Buffer
			server := exec.CommandContext(t.Context(), "sh", "-c", start, os.Args[0], "--json", "serve")
			server.Env = append(os.Environ(), asProgram+"=1", "RAYNETSYNC_SERVER_DATA_DIR="+t.TempDir(), "RAYNETSYNC_SERVER_LISTEN=127.0.0.1:0")
			server.Stderr = &log
			out, err := server.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := server.Start(); err != nil {
				t.Fatal(err)
			}
			told := bufio.NewScanner(out)
			for told.Scan() && !strings.Contains(told.Text(), `"url"`) {
			}
			if told.Err() != nil || !strings.Contains(told.Text(), `"url"`) {
				t.Fatalf("the server said %q, %v, want its address", told.Text(), told.Err())
			}
			send := func(signals ...syscall.Signal) {
				for _, s := range signals {
					if err := server.Process.Signal(s); err != nil {
						t.Fatal(err)
					}
				}
			}
			ended := make(chan error, 1)
			go func() { ended <- server.Wait() }()
			send(c.signals...)
			if c.outlive {
				select {
				case err := <-ended:
					t.Fatalf("the server ended: %v", err)
				case <-time.After(time.Second):
				}
				send(syscall.SIGTERM)
			}
			select {
			case err := <-ended:
				if err != nil || !strings.Contains(log.String(), "server stopped") {
					t.Errorf("the server ended with %v and logged %s", err, log.String())
				}
			case <-time.After(time.Minute):
				t.Error("the server did not end")
			}
		})
	}
}
