package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"raynetsync/internal/admin"
	"raynetsync/internal/config"
	"raynetsync/internal/jobs"
)

// running is the program as the settings that hold now want it, with its jobs.
type running struct {
	*App
	runner *jobs.Runner
}

// errIdle says that no jobs run any more: whoever supervises the process starts it again.
var errIdle = errors.New("the jobs could not be started again")

// reloadCheck is how often a server looks whether another process saved settings.
const reloadCheck = 2 * time.Second

// current is the program by the settings that hold now; while they are incomplete, its Admin is nil.
func (s *server) current() *App {
	if live := s.live.Load(); live != nil {
		return live.App
	}
	return s.App
}

// begin starts the jobs, if the settings are complete.
func (s *server) begin(ctx context.Context) error {
	if s.saved = s.read; s.Admin == nil { // what was saved since Open is taken up by the loop
		return nil
	}
	return s.start(ctx, s.App)
}

func (s *server) start(ctx context.Context, a *App) error {
	runner, err := a.runner(ctx, s.observe)
	if err != nil {
		return err
	}
	if err := runner.Start(ctx); err != nil {
		return err
	}
	s.live.Store(&running{App: a, runner: runner})
	return nil
}

// end settles what is under way and ends the jobs.
func (s *server) end(ctx context.Context) error {
	live := s.live.Load()
	if live == nil {
		return nil
	}
	close(live.stopping)
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	return live.runner.Stop(within)
}

// loop runs until ctx ends or something fails for good, and takes up what is saved meanwhile.
func (s *server) loop(ctx context.Context, failed <-chan error) error {
	tick := time.NewTicker(reloadCheck)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return err
		case answer := <-s.reload:
			err := s.takeUp(ctx)
			if answer <- err; errors.Is(err, errIdle) {
				return err
			}
		case <-tick.C:
			err := s.takeUp(ctx)
			if errors.Is(err, errIdle) {
				return err
			}
			if err != nil && ctx.Err() == nil {
				s.log.Error("saved settings were not taken up", "err", err)
			}
		}
	}
}

// takeUp makes the saved settings hold, if they changed. Those that are wrong or incomplete change nothing.
func (s *server) takeUp(ctx context.Context) error {
	digest, err := s.savedDigest(ctx)
	if err != nil || digest == s.saved || s.options.Config != nil {
		return err
	}
	s.saved = digest // those that cannot be taken up are not tried again before they change
	saved, err := admin.SavedSettings(ctx, s.Store)
	if err != nil {
		return err
	}
	layers := s.options.Layers
	layers.Saved, layers.Partial = saved, false
	settings, err := config.Read(layers)
	if mistakes, ok := errors.AsType[config.Errors](err); ok && s.live.Load() == nil && onlyMissing(mistakes) {
		return nil // the set-up goes on
	}
	if err != nil {
		return err
	}
	next, err := s.with(settings)
	if err != nil {
		return err
	}
	err = s.end(ctx)
	if err == nil {
		// It was noted when the settings were saved, but the jobs that have ended just now may have used that up by the old ones.
		err = next.Admin.ReadAnew(ctx)
	}
	if err == nil {
		err = s.start(ctx, next)
	}
	if err != nil {
		s.live.Store(nil) // its jobs have ended: nothing is left to end
		if ctx.Err() != nil {
			return nil // it was told to end meanwhile, and has
		}
		return fmt.Errorf("%w: %w", errIdle, err)
	}
	s.log.Info("saved settings taken up")
	return nil
}

func onlyMissing(mistakes config.Errors) bool {
	for _, mistake := range mistakes {
		if mistake.Code != config.CodeMissing {
			return false
		}
	}
	return true
}

// savedDigest tells saved settings apart.
func (s *server) savedDigest(ctx context.Context) (string, error) {
	saved, err := admin.SavedSettings(ctx, s.Store)
	if err != nil {
		return "", err
	}
	return digestOf(saved)
}

func digestOf(saved config.Saved) (string, error) {
	text, err := json.Marshal(saved, json.Deterministic(true))
	if err != nil {
		return "", fmt.Errorf("compare the saved settings: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// reloadNow makes the saved settings hold before it returns. The error says why they do not.
func (s *server) reloadNow(ctx context.Context) error {
	answer := make(chan error, 1)
	select {
	case s.reload <- answer:
	case <-ctx.Done():
		return fmt.Errorf("take up the saved settings: %w", ctx.Err())
	}
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return fmt.Errorf("take up the saved settings: %w", ctx.Err())
	}
}
