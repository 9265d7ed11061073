// Command raynetsync keeps RAYNET CRM and Microsoft 365 in step.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"raynetsync/internal/app/command"
	"raynetsync/internal/cli"
)

func main() {
	ctx, stop := signals()
	code := cli.Run(ctx, os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Environ: os.Environ()}, command.Backends())
	stop()
	os.Exit(code)
}

// signals returns a context that a signal to end ends: an interrupt, a termination, or a hangup, which is how a terminal that is closed
// says it. A second interrupt or termination ends the process at once. A second hangup does not: a terminal often sends two, its own and
// that of its shell. Who had hangups ignored before the start (nohup) wants to outlive the terminal.
func signals() (ctx context.Context, stop context.CancelFunc) {
	ctx, stop = signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		ctx, _ = signal.NotifyContext(ctx, syscall.SIGHUP) // caught until the process is over
	}
	context.AfterFunc(ctx, stop)
	return ctx, stop
}
