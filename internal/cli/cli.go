// Package cli is the command line: it parses what was typed, calls a use-case, and renders the answer for people (in Czech or
// English, coloured on a terminal) or, with --json, for programs.
//
// It knows commands, flags, exit codes and how answers look. It refuses to know how anything is done: the use-cases come in as
// functions (Backends), texts come from package locale, so no rule of the synchronisation can hide here.
//
// Start reading at Run; each command has a file of its own.
package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/admin"
	"raynetsync/internal/admin/account"
	"raynetsync/internal/cli/screen"
	"raynetsync/internal/config"
	"raynetsync/internal/locale"
)

// The exit codes.
const (
	Done   = 0 // it is done
	Person = 1 // something needs a person
	Usage  = 2 // wrong usage or configuration
)

// grammar is everything that can be typed. Help texts are in the locale files under "cli.help".
type grammar struct {
	Config string `placeholder:"FILE" help:"${help_config}"`
	Lang   string `placeholder:"cs|en" help:"${help_lang}"`
	JSON   bool   `name:"json" help:"${help_json}"`
	Help   bool   `short:"h" help:"${help_help}"`

	Demo     demoCommand     `cmd:"" help:"${help_demo}"`
	Setup    setupCommand    `cmd:"" help:"${help_setup}"`
	Settings settingsCommand `cmd:"" help:"${help_settings}"`
	Serve    serveCommand    `cmd:"" help:"${help_serve}"`
	Doctor   doctorCommand   `cmd:"" help:"${help_doctor}"`
	Users    usersCommand    `cmd:"" help:"${help_users}"`
	Plan     planCommand     `cmd:"" help:"${help_plan}"`
	Sync     syncCommand     `cmd:"" help:"${help_sync}"`
	Status   statusCommand   `cmd:"" help:"${help_status}"`
	Alerts   alertsCommand   `cmd:"" help:"${help_alerts}"`
	Search   searchCommand   `cmd:"" help:"${help_search}"`
	Explain  explainCommand  `cmd:"" help:"${help_explain}"`
	Journal  journalCommand  `cmd:"" help:"${help_journal}"`
	Restore  restoreCommand  `cmd:"" help:"${help_restore}"`
	Review   reviewCommand   `cmd:"" help:"${help_review}"`
	Resolve  resolveCommand  `cmd:"" help:"${help_resolve}"`
	Pause    pauseCommand    `cmd:"" help:"${help_pause}"`
	Resume   resumeCommand   `cmd:"" help:"${help_resume}"`
	Azure    azureCommand    `cmd:"" help:"${help_azure}"`
	Accounts accountsCommand `cmd:"" help:"${help_accounts}"`
	Audit    auditCommand    `cmd:"" help:"${help_audit}"`
	Emulate  emulateCommand  `cmd:"" help:"${help_emulate}"`
	Bench    benchCommand    `cmd:"" help:"${help_bench}"`
	Simulate simulateCommand `cmd:"" help:"${help_simulate}"`
	Version  versionCommand  `cmd:"" help:"${help_version}"`
}

// session is one run of one command.
type session struct {
	grammar  *grammar
	streams  Streams
	backends Backends
	texts    *locale.Texts
	screen   *screen.Screen // standard output
	config   *config.Config // nil before settings
	zone     *time.Location // of everybody whose own is not known
}

// errPerson says that the answer was shown and something in it needs a person.
var errPerson = errors.New("something needs a person")

// usageError is wrong usage, in the words of whoever found it.
type usageError struct{ error }

// WrongUsage marks an error that a command's backend found in what was typed; nil stays nil.
func WrongUsage(err error) error {
	if err == nil {
		return nil
	}
	return usageError{err}
}

// Run parses args (without the program's name), runs the command and returns the exit code. It ends when ctx does.
func Run(ctx context.Context, args []string, streams Streams, backends Backends) int {
	lang, err := locale.Choose(wordAfter(args, "--lang"), getter(streams.Environ))
	s := &session{grammar: &grammar{}, streams: streams, backends: backends, texts: locale.New(lang), screen: screen.New(streams.Out, streams.Environ),
		zone: time.UTC}
	if err != nil {
		return s.fail(usageError{err})
	}
	parser, err := kong.New(s.grammar, kong.Name("raynetsync"), kong.NoDefaultHelp(), kong.Writers(streams.Out, streams.Err),
		kong.Exit(func(int) {}), s.helpTexts())
	if err != nil {
		return s.fail(fmt.Errorf("the grammar of the command line: %w", err))
	}
	if s.wantsHelp(args) {
		return s.help(parser, args)
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return s.fail(usageError{err})
	}
	parsed.BindTo(ctx, (*context.Context)(nil))
	return s.fail(parsed.Run(s))
}

// fail tells what went wrong, if anything did, and returns the exit code for it.
func (s *session) fail(err error) int {
	if err == nil {
		return Done
	}
	if errors.Is(err, errPerson) {
		return Person
	}
	to := screen.New(s.streams.Err, s.streams.Environ)
	if mistakes, ok := errors.AsType[config.Errors](err); ok {
		s.showMistakes(to, mistakes)
		return Usage
	}
	if usage, ok := errors.AsType[usageError](err); ok {
		to.Wrapped(0, "", screen.Bad(s.t("cli.error.usage", nil))+" "+s.usage(usage.Error()))
		to.Line(screen.Dim(s.t("cli.error.see-help", nil)))
		return Usage
	}
	if failure, ok := errors.AsType[*admin.Failure](err); ok && s.texts.Has("failure."+failure.Code) {
		to.Wrapped(0, "", screen.Bad(s.t("cli.error.failed", nil))+" "+s.t("failure."+failure.Code, failure.Args))
		if strings.HasPrefix(failure.Code, "azure-") {
			if failure.Err != nil {
				to.Wrapped(0, "", screen.Dim(failure.Err.Error()))
			}
			return Person
		}
		switch failure.Code {
		case admin.FailureHeld, admin.FailureChanged, admin.FailurePlan:
			return Person
		}
		return Usage // what was typed names nothing
	}
	if failure, ok := errors.AsType[*account.Failure](err); ok && s.texts.Has("failure."+failure.Code) {
		to.Wrapped(0, "", screen.Bad(s.t("cli.error.failed", nil))+" "+s.t("failure."+failure.Code, failure.Args))
		return Usage
	}
	to.Wrapped(0, "", screen.Bad(s.t("cli.error.failed", nil))+" "+err.Error())
	return Person
}

func (s *session) t(key string, args map[string]any) string { return s.texts.T(key, args) }

// json writes a value as one JSON text.
func (s *session) json(value any) error {
	data, err := json.Marshal(value, json.Deterministic(true), jsontext.WithIndent("  "))
	if err != nil {
		return fmt.Errorf("write the answer as JSON: %w", err)
	}
	_, err = fmt.Fprintln(s.streams.Out, string(data))
	return err
}

func getter(environ []string) func(string) string {
	return func(name string) string {
		for _, pair := range slices.Backward(environ) {
			if value, ok := strings.CutPrefix(pair, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

// wordAfter returns the value of a flag before the command line is parsed: help needs its language.
func wordAfter(args []string, flag string) string {
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, flag+"="); ok {
			return value
		}
		if arg == flag && i+1 < len(args) {
			return args[i+1]
		}
	}
	return ""
}
