package outlook

import (
	"net/url"
	"strings"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

const (
	// taskApplication is the name that To Do shows beside the link.
	taskApplication = "RAYNET CRM"
	// taskMark begins our mark, which is "ros1|<instance>/<type>/<id>/<mailbox>|<op>".
	taskMark = "ros1"
)

// linked returns what a new task points to: the record that people open, and our mark, which cannot be put anywhere else
// (G-129). It is nil if there is neither.
func (m marks) linked(stamp remote.Stamp, op, link string) []linkedResource {
	out := linkedResource{ApplicationName: taskApplication, DisplayName: taskApplication, WebURL: webAddress(link)}
	if op != "" || !stamp.Source.IsZero() {
		source := ""
		if !stamp.Source.IsZero() {
			source = m.sourceValue(stamp.Source, stamp.Mailbox)
		}
		out.ExternalID = taskMark + "|" + source + "|" + strings.ToLower(op)
	}
	if out.ExternalID == "" && out.WebURL == "" {
		return nil
	}
	return []linkedResource{out}
}

// webAddress returns an address that To Do takes, else nothing: with any other one the whole task is refused.
func webAddress(link string) string {
	u, err := url.Parse(link)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" {
		return ""
	}
	return link
}

// readLinked finds our mark on a task. foreign says that another instance made it; stamp is nil for a task that is not ours.
func (m marks) readLinked(linked []linkedResource) (stamp *remote.Stamp, foreign bool) {
	for _, one := range linked {
		parts := strings.Split(strings.ToLower(one.ExternalID), "|")
		if len(parts) != 3 || parts[0] != taskMark {
			continue
		}
		found := remote.Stamp{Op: parts[2]}
		if parts[1] != "" {
			source := strings.Split(parts[1], "/")
			if len(source) == 4 && source[0] == m.instance {
				found.Source = remote.Ref{Side: record.Raynet, Type: raynetType(source[1]), ID: source[2]}
				found.Mailbox = source[3]
			} else {
				foreign = true
			}
		}
		if found != (remote.Stamp{}) {
			return &found, foreign
		}
	}
	return nil, foreign
}
