/**
 * A tool that stands for an answer in JSON: most Bedrock models have no other way to be held to a schema. What the model
 * gives it is the answer's text.
 */

/** No caller's tool has this name; readers know the answer by it. */
export const jsonToolName = 'keywheel_json_answer'
