/** The entries of `GET /v1/models`. */

/** A model as OpenAI's list shows it, with a little more for those who look. */
export interface ModelCard {
  readonly id: string
  readonly object: 'model'
  /** Seconds since the Unix epoch. Providers' dates differ in meaning, so it is when this gateway started. */
  readonly created: number
  readonly owned_by: string
  readonly description?: string
  readonly routing_type?: 'virtual'
  /** The provider's list could not be fetched anew; this is the old one. */
  readonly stale?: true
}

/** A virtual model or an alias. */
export interface RouteName {
  readonly name: string
  readonly description: string
}

/** The card of a provider's model. */
export function modelCard(model: { provider: string; name: string; stale: boolean }, created: number): ModelCard {
  const { provider, name, stale } = model
  return { id: `${provider}/${name}`, object: 'model', created, owned_by: provider, ...(stale && { stale }) }
}

/** The card of a virtual model or an alias. */
export function routeCard({ name, description }: RouteName, created: number): ModelCard {
  return { id: name, object: 'model', created, owned_by: 'keywheel', description, routing_type: 'virtual' }
}
