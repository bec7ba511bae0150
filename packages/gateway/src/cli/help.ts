/** What `keywheel --help` says. */
export const help: string = `Usage: keywheel [command] [options]

Commands
  start           run the gateway (the default)
  demo            run it in front of simulated providers, without any key
  check-config    read the configuration, tell what is wrong with it, and end
  keys ACTION     list, test, clear, disable or enable keys of the running gateway; \`keys --help\` tells more

Options
  --config FILE   the configuration file (else KEYWHEEL_CONFIG, else keywheel.yaml)
  --env-file FILE more variables, after .env; may be given several times
  --host HOST     the address to listen on (else HOST, else 127.0.0.1)
  --port PORT     the port (else PORT, else 8000)
  --quiet         no banner
  -v, --version   the version
  -h, --help      this text

Keys come from the environment or .env: GROQ_API_KEY_1=…, GROQ_API_KEY_2=…, OPENAI_API_KEY=…`
