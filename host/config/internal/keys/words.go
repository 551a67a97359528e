// What the pages say that belongs to no single key.

package keys

const introduction = `One YAML file tells a host what to do: ` + "`doorward serve --config doorward.yaml`" + `.

` + "```yaml" + `
public_url: https://login.example.com
listen: 127.0.0.1:8080
providers:
  corp:
    issuer: https://idp.example.com
    client_id: doorward
    client_secret_file: /run/secrets/corp
` + "```" + `

` + "`doorward check`" + ` reports everything that is wrong with a file, with file, line and column, and what to write instead. An editor that knows JSON schemas completes the keys: ` + "`doorward config schema`" + ` prints the schema, and it is [doorward.schema.json](../doorward.schema.json). Many editors find it by a comment in the first line:

` + "```yaml" + `
# yaml-language-server: $schema=https://raw.githubusercontent.com/doorward/doorward/main/docs/doorward.schema.json
` + "```" + `

## How values are written

- **Unknown keys are refused**, and so are keys that are written twice. A key without a value is refused too: remove it, or write ` + "`{}` or `[]`" + `.
- **Durations** are whole numbers with a unit: ` + "`250ms`, `90s`, `5m`, `12h`, `1h30m`" + `. **Sizes** are ` + "`512B`, `64KiB`, `32MiB`, `1GiB`" + `.
- **Paths** of files are relative to the folder of the file they are written in.
- **Text** that looks like a number or like ` + "`true`" + ` is put in quotes: ` + "`sub: \"4711\"`" + `. Expressions are put in single quotes.
- **Secrets** are in a file, ` + "`…_file`" + `, or in an environment variable, ` + "`…_env`" + `. One line break at the end of the file is left out. Written into the configuration itself they are refused, unless ` + "`insecure_inline_secrets: true`" + ` is there too. No message, log or page shows a secret.
- Anchors, aliases, merge keys, tags and directives of YAML are not read, and the file is one document of at most 1 MiB.
`

const peopleIntroduction = `A builtin provider's ` + "`people_file`" + ` names this file. It is YAML, or JSON, which is YAML too. Keep it readable for the host alone: it holds password hashes.

` + "```yaml" + `
people:
  - user_name: ada
    subject: p-0001
    password_hash: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g'
    name: Ada Lovelace
    email: ada@example.com
    groups: [app-admin, app-editor]
` + "```" + `
`
