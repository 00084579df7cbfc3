"""The wires of the reward-model service: ours, and the foreign ones that frameworks speak already."""
