package cli

import (
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"raynetsync/internal/cli/screen"
)

// helpTexts fills the placeholders "${help_…}" of the grammar in the session's language.
func (s *session) helpTexts() kong.Vars {
	vars := kong.Vars{}
	var collect func(reflect.Type)
	collect = func(of reflect.Type) {
		for field := range of.Fields() {
			if name, ok := strings.CutPrefix(field.Tag.Get("help"), "${help_"); ok {
				name = strings.TrimSuffix(name, "}")
				vars["help_"+name] = s.t("cli.help."+strings.ReplaceAll(name, "_", "-"), nil)
			}
			if field.Type.Kind() == reflect.Struct {
				collect(field.Type)
			}
		}
	}
	collect(reflect.TypeFor[grammar]())
	return vars
}

func (s *session) wantsHelp(args []string) bool {
	return len(args) == 0 || args[0] == "help" || slices.Contains(args, "--help") || slices.Contains(args, "-h")
}

// help shows what can be typed: everything, or one command.
func (s *session) help(parser *kong.Kong, args []string) int {
	if len(args) > 0 && args[0] == "help" {
		args = args[1:]
	}
	node := parser.Model.Node
	if trace, err := kong.Trace(parser, args); err == nil && trace.Selected() != nil {
		node = trace.Selected()
	}
	if node.Parent != nil && node.Parent.DefaultCmd == node && !slices.Contains(args, node.Name) {
		node = node.Parent // it was not typed, so the question is about all of them
	}
	if node == parser.Model.Node {
		s.screen.Line(screen.Bold("raynetsync"), "–", s.t("cli.help.program", nil))
		s.screen.Blank()
		s.screen.Line(screen.Title(s.t("cli.help.usage", nil)), "raynetsync", s.t("cli.help.command", nil), "[--config FILE] […]")
		s.screen.Blank()
		s.screen.Line(screen.Title(s.t("cli.help.commands", nil)))
		for _, child := range node.Children {
			s.item(child.Name, child.Help, 12)
		}
	} else {
		s.screen.Line(screen.Title(s.t("cli.help.usage", nil)), "raynetsync", strings.TrimSpace(node.Parent.Path()+" "+usage(node)))
		s.screen.Blank()
		s.screen.Wrapped(0, "", node.Help+".")
		if detail := "cli.detail." + node.Name; s.texts.Has(detail) {
			s.screen.Wrapped(0, "", s.t(detail, nil))
		}
		if len(node.Children) > 0 {
			s.screen.Blank()
			s.screen.Line(screen.Title(s.t("cli.help.commands", nil)))
		}
		for _, child := range node.Children {
			s.item(usage(child), child.Help, 24)
		}
		s.flags(node, s.t("cli.help.flags", nil))
	}
	s.flags(parser.Model.Node, s.t("cli.help.everywhere", nil))
	if len(args) == 0 {
		s.screen.Blank()
		s.screen.Line(screen.Dim(s.t("cli.help.more", nil)))
	}
	return Done
}

func (s *session) flags(node *kong.Node, title string) {
	if len(node.Flags)+len(node.Positional) == 0 {
		return
	}
	s.screen.Blank()
	s.screen.Line(screen.Title(title))
	for _, argument := range node.Positional {
		s.item(strings.ToUpper(argument.Name), argument.Help, 24)
	}
	for _, flag := range node.Flags {
		s.item(flagName(flag), flag.Help, 24)
	}
}

func flagName(flag *kong.Flag) string {
	name := "--" + flag.Name
	if flag.Short != 0 {
		name = "-" + string(flag.Short) + ", " + name
	}
	if !flag.IsBool() {
		name += "=" + flag.FormatPlaceHolder()
	}
	return name
}

func usage(node *kong.Node) string {
	words := []string{node.Name}
	if len(node.Children) > 0 {
		words = append(words, "[…]")
	}
	for _, argument := range node.Positional {
		word := strings.ToUpper(argument.Name)
		if !argument.Required {
			word = "[" + word + "]"
		}
		words = append(words, word)
	}
	for _, flag := range node.Flags {
		words = append(words, "["+flagName(flag)+"]")
	}
	return strings.Join(words, " ")
}

// item is one line of a list of names with their meanings.
func (s *session) item(name, meaning string, column int) {
	lead := "  " + screen.Bold(name)
	if len(name)+3 > column {
		s.screen.Line(lead)
		lead = ""
	}
	s.screen.Wrapped(column+2, lead, meaning)
}
