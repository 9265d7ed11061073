package cli

// versionCommand says what is running.
type versionCommand struct{}

// Run is called by the parser.
func (*versionCommand) Run(s *session) error {
	if s.grammar.JSON {
		return s.json(map[string]string{"version": s.backends.Version})
	}
	s.screen.Line("raynetsync", s.backends.Version)
	return nil
}
