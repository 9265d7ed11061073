package simulator

import (
	"context"
	"os"
	"slices"
)

// Shrink takes away from a failing history whatever it fails without: first many steps at once, then single ones, then users and
// kinds. What is left fails the same checker. tries bounds how many histories are lived for it; the returned one is the smallest
// that was found until then.
func Shrink(ctx context.Context, failing Script, checker string, dir string, tries int) (Script, error) {
	s := &shrinker{ctx: ctx, checker: checker, dir: dir, tries: tries, best: failing}
	for before := -1; before != len(s.best.Steps) && s.err == nil && s.tries > 0; {
		before = len(s.best.Steps)
		for size := max(1, len(s.best.Steps)/2); ; size /= 2 {
			s.without(size)
			if size <= 1 {
				break
			}
		}
		s.simpler()
	}
	return s.best, s.err
}

type shrinker struct {
	ctx     context.Context //nolint:containedctx // one search is one call
	checker string
	dir     string
	tries   int
	best    Script
	err     error
}

// without tries to leave out each run of so many steps, from the end: what came last matters least to what is before it.
func (s *shrinker) without(size int) {
	for end := len(s.best.Steps); end > 0; end -= size {
		from := max(0, end-size)
		if from >= len(s.best.Steps) {
			continue
		}
		candidate := s.best
		candidate.Steps = slices.Delete(slices.Clone(s.best.Steps), from, min(end, len(s.best.Steps)))
		s.try(candidate)
	}
}

// simpler tries a smaller world.
func (s *shrinker) simpler() {
	for s.best.Shape.Users > 1 {
		candidate := s.best
		candidate.Shape.Users--
		if !s.try(candidate) {
			break
		}
	}
	if len(s.best.Shape.Kinds) > 1 {
		for _, kind := range s.best.Shape.Kinds {
			candidate := s.best
			candidate.Shape.Kinds = append(candidate.Shape.Kinds[:0:0], kind)
			if s.try(candidate) {
				break
			}
		}
	}
}

// try lives a candidate and keeps it if it fails as the first one did.
func (s *shrinker) try(candidate Script) bool {
	if s.err != nil || s.tries <= 0 {
		return false
	}
	s.tries--
	dir, err := os.MkdirTemp(s.dir, "shrink-")
	if err != nil {
		s.err = err
		return false
	}
	defer func() { _ = os.RemoveAll(dir) }()
	result, err := Live(s.ctx, candidate, dir)
	if err != nil {
		s.err = err
		return false
	}
	fails := slices.ContainsFunc(result.Violations, func(v Violation) bool { return v.Checker == s.checker })
	if fails {
		s.best = candidate
	}
	return fails
}
