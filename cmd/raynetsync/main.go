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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	code := cli.Run(ctx, os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Environ: os.Environ()}, command.Backends())
	stop()
	os.Exit(code)
}
