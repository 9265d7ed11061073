package admin

import (
	"context"
	"slices"
	"strings"
)

// SetupSteps says how far a set-up is.
type SetupSteps struct {
	// Microsoft and Raynet: nothing is missing for the connection. Users: somebody is chosen, with the draft. What: a preset was
	// chosen, with the draft. Kept: both hold.
	Microsoft, Raynet, Users, What, Kept bool
}

// Steps returns how far the set-up is. Its errors are those of Current and Considered.
func (s *Setup) Steps(ctx context.Context) (SetupSteps, error) {
	now, err := s.Current(ctx)
	if err != nil {
		return SetupSteps{}, err
	}
	then, err := s.Considered(ctx)
	if err != nil {
		return SetupSteps{}, err
	}
	saved, draft, err := s.both(ctx)
	if err != nil {
		return SetupSteps{}, err
	}
	lacks := func(section string) bool {
		return slices.ContainsFunc(now.Missing(), func(path string) bool { return strings.HasPrefix(path, section) })
	}

	kept := now.Fixed(presetKey) || saved.Values[presetKey] != ""
	steps := SetupSteps{Microsoft: !lacks("microsoft."), Raynet: !lacks("raynet."), Users: len(then.Sync.Users) > 0,
		What: kept || draft.Values[presetKey] != ""}
	steps.Kept = steps.Microsoft && steps.Raynet && kept && len(now.Sync.Users) > 0
	return steps, nil
}
