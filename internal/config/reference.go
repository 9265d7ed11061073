package config

import (
	"fmt"
	"strings"
)

// Reference returns docs/configuration.md, made from the table of keys.
func Reference() string {
	var b strings.Builder
	b.WriteString(referenceHead)
	for _, section := range []string{"raynet", "microsoft", "server", "sync", "alerts"} {
		fmt.Fprintf(&b, "\n## [%s]\n\n| key | default | what it may be | meaning |\n|---|---|---|---|\n", section)
		for _, key := range Keys() {
			if key.Section == section {
				row(&b, key)
			}
		}
	}
	b.WriteString("\n## [[user]]\n\n" + referenceUser + "\n| key | default | what it may be | meaning |\n|---|---|---|---|\n")
	for _, key := range UserKeys() {
		row(&b, key)
	}
	b.WriteString(referencePresets)
	for _, preset := range presets() {
		fmt.Fprintf(&b, "| %s | %s |\n", preset, presetText(preset))
	}
	b.WriteString(referenceFixed)
	return b.String()
}

func row(b *strings.Builder, key Key) {
	value := "`" + key.Default + "`"
	switch {
	case key.Required:
		value = "**required**"
	case key.Default == "":
		value = ""
	}
	fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", key.Name, value, shape(key), strings.ReplaceAll(key.Meaning, "|", `\|`))
}

// shape says in a few words what may be written.
func shape(key Key) string {
	switch {
	case key.Type == List && len(key.Allowed) > 0:
		return "list of: " + strings.Join(key.Allowed, ", ")
	case len(key.Allowed) > 0:
		return strings.Join(key.Allowed, ", ")
	case key.Bounds != "":
		return string(key.Type) + ", " + key.Bounds
	}
	return string(key.Type)
}

func presetText(preset Preset) string {
	values := presetValues(preset)
	var parts []string
	for _, key := range Keys() { // in the order of the keys, not of the map
		if value, ok := values[key.Path()]; ok {
			parts = append(parts, fmt.Sprintf("`%s = %q`", key.Name, value))
		}
	}
	if len(parts) == 0 {
		return "the defaults above"
	}
	return strings.Join(parts, ", ")
}

// Help returns the settings as plain text for a terminal, one line each: variable, default, meaning.
func Help() string {
	var b strings.Builder
	section := ""
	for _, key := range Keys() {
		if key.Section != section {
			section = key.Section
			fmt.Fprintf(&b, "\n[%s]\n", section)
		}
		fmt.Fprintf(&b, "  %-30s %s", key.Name, key.Meaning)
		switch {
		case key.Required:
			b.WriteString(" (required)")
		case key.Default != "":
			fmt.Fprintf(&b, " (default %s)", key.Default)
		}
		if len(key.Allowed) > 0 {
			fmt.Fprintf(&b, " [%s]", strings.Join(key.Allowed, ", "))
		}
		b.WriteByte('\n')
	}
	b.WriteString("\nEvery key is also an environment variable, " + prefix + "SECTION_KEY; with _FILE behind its name, a file that holds the value.\n")
	return strings.TrimPrefix(b.String(), "\n")
}

const referenceHead = `# Configuration

<!-- Generated from internal/config by "make generate"; edit keys.go or reference.go there. -->

One TOML file, given with ` + "`--config FILE`" + `. The shortest one that works:

` + "```toml" + `
[raynet]
instance = "demo"                       # https://app.raynet.cz/demo/
user     = "sync@example.cz"
api_key  = "file:/etc/raynetsync/raynet-api-key"

[microsoft]
tenant_id     = "11111111-2222-4333-8444-555555555555"
client_id     = "66666666-7777-4888-8999-000000000000"
client_secret = "file:/etc/raynetsync/client-secret"

[sync]
users = ["jana.novakova@example.cz", "petr.svoboda@example.cz"]
` + "```" + `

* Every key is also an environment variable, ` + "`RAYNETSYNC_SECTION_KEY`" + `: ` + "`RAYNETSYNC_RAYNET_API_KEY`" + `. It wins over the file. An
  empty variable counts as absent; the parts of a list are separated by commas.
* With ` + "`_FILE`" + ` behind its name, a variable names a file that holds the value (Docker and Kubernetes secrets, systemd
  credentials): ` + "`RAYNETSYNC_RAYNET_API_KEY_FILE=/run/secrets/raynet`" + `. In the file, a secret may be ` + "`\"file:PATH\"`" + `.
* Relative paths are relative to the configuration file; in the environment, to the working directory.
* Unknown keys and values that cannot be right are refused, all at once, with the line and what would be right.
* Types: *duration* is a number with its unit (` + "`\"90s\"`, `\"5m\"`, `\"24h\"`" + `), *date* is ` + "`2028-03-31`" + `, *path* and *secret* are texts.
`

const referenceUser = `What differs for one user; may be repeated. Whether a user is synchronised is decided by ` + "`[sync] users`" + `. In the environment
the entries are numbered: ` + "`RAYNETSYNC_USER_1_MAILBOX`, `RAYNETSYNC_USER_1_TIME_ZONE`" + `.
`

const referencePresets = `
## Presets

A preset changes defaults; a key that is written wins over it.

| preset | sets |
|---|---|
`

const referenceFixed = `
## What cannot be set

Some rules have no key, because no other answer is safe: nobody is mailed without a permit for that very step; private,
personal and confidential Outlook items are not synchronised; what a person deleted in Outlook stays in RAYNET and is not
created again; attendees are never written to Outlook; nothing is deleted without proof; a record is matched before it is
created.
`
